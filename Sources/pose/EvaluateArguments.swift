import ArgumentParser
import PoseConfiguration
import PoseCore

/// A skeleton's name or file, or numbers with commas.
struct SigmasArgument {
  let sigmas: [Double]

  init(parsing argument: String) throws {
    if let skeleton = Skeleton(named: argument) {
      sigmas = skeleton.sigmas
    } else if argument.hasSuffix(".yaml") || argument.hasSuffix(".yml") {
      do { sigmas = try Skeleton(contentsOf: argument).sigmas } catch { throw ValidationError("\(error)") }
    } else if let numbers = argument.numbers, numbers.allSatisfy({ $0 > 0 }) {
      sigmas = numbers
    } else {
      let names = Skeleton.all.map(\.name).joined(separator: ", ")
      throw ValidationError(
        "give a skeleton (\(names)), a skeleton file (dog.yaml), or numbers above 0 with commas (0.026,0.025)")
    }
  }
}

extension String {
  /// The finite numbers between commas; nil for anything else.
  fileprivate var numbers: [Double]? {
    let parts = split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Double($0) }.filter(\.isFinite)
    return numbers.count == parts.count ? numbers : nil
  }
}

/// `0.2,0.8`
struct CrowdBounds {
  let medium: Double
  let hard: Double
}

extension CrowdBounds {
  init(parsing argument: String) throws {
    guard let numbers = argument.numbers, numbers.count == 2, 0 <= numbers[0], numbers[0] <= numbers[1], numbers[1] <= 1
    else { throw ValidationError("give two numbers of 0...1, the smaller one first, such as 0.2,0.8") }
    self.init(medium: numbers[0], hard: numbers[1])
  }
}

/// `box`, or two joints: `4,5`
enum SizeArgument {
  case box
  case joints(Int, Int)

  init(parsing argument: String) throws {
    let joints = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    if argument == "box" {
      self = .box
    } else if joints.count == 2, let first = joints[0], let second = joints[1], min(first, second) >= 0, first != second
    {
      self = .joints(first, second)
    } else {
      throw ValidationError("give box, or the numbers of two different joints, which count from 0, such as 5,12")
    }
  }
}

/// The classes of masks: `cityscapes19`, `voc21`, or names with commas.
struct ClassesArgument {
  let classes: [String]

  init(parsing argument: String) throws {
    if let known = SegmentationClasses.all.first(where: { $0.name == argument }) {
      classes = known.classes
      return
    }
    let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.count > 1, names.count <= SegmentationMask.maximumClassCount, Set(names).count == names.count,
      names.allSatisfy({ (1...100).contains($0.utf8.count) })
    else {
      throw ValidationError(
        "give \(SegmentationClasses.all.map(\.name).joined(separator: ", ")), or 2 to "
          + "\(SegmentationMask.maximumClassCount) different names with commas, in the order of their labels")
    }
    classes = names
  }
}
