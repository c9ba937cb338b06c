import PoseCore
import PoseFormats

/// Which categories of an annotation file a detector's classes are, by their names.
package struct ObjectCategories: Sendable {
  /// The number of each class's category, in the order of the classes.
  package private(set) var ids: [Int] = []
  /// The number of the class of each category.
  package private(set) var labels: [Int: Int] = [:]

  /// - Throws: ``ObjectCategoryError`` where the file has no category of a class.
  package init(_ file: COCOAnnotations, classes: [String]) throws(ObjectCategoryError) {
    // A file without categories has those of its annotations, and says nothing of their names.
    if file.categories.isEmpty, classes.count == 1, let id = Set(file.annotations.map(\.categoryID)).onlyElement {
      (ids, labels) = ([id], [id: 0])
      return
    }
    for (label, name) in classes.enumerated() {
      let own = file.categories.filter { $0.name == name }
      guard let first = own.first else {
        throw ObjectCategoryError(name: name, categories: file.categories.map(\.name), classes: classes)
      }
      ids.append(first.id)
      for category in own { labels[category.id] = label }
    }
  }
}

/// A class that annotations do not have.
package struct ObjectCategoryError: UserError, Hashable {
  package let name: String
  package let categories: [String]
  package let classes: [String]

  package var description: String {
    let list = categories.prefix(10).joined(separator: ", ") + (categories.count > 10 ? ", ..." : "")
    let shared = classes.filter(categories.contains)
    let names = shared.isEmpty ? categories.prefix(3).map(\.self) : shared
    return categories.isEmpty
      ? "lists no categories, so that '\(name)' cannot be found among them: add them, as COCO's files have them"
      : "has no category '\(name)', but \(list). Choose the classes that it has: "
        + "--set 'model.classes=[\(names.joined(separator: ", "))]'"
  }
}

extension Set {
  fileprivate var onlyElement: Element? { count == 1 ? first : nil }
}
