import SwiftUI

/// The camera's picture, and the skeletons of the people in it.
struct CameraView: View {
  @State private var people = PeopleModel()

  var body: some View {
    ZStack(alignment: .bottom) {
      Color.black
      if let frame = people.frame {
        ZStack {
          SwiftUI.Image(decorative: frame.picture, scale: 1).resizable()
          SkeletonView(skeletons: frame.skeletons)
        }
        .aspectRatio(CGFloat(frame.picture.width) / CGFloat(frame.picture.height), contentMode: .fit)
      }
      Text(people.message).foregroundStyle(.white).padding()
    }
    .ignoresSafeArea()
    .task { await people.watch() }
  }
}

/// Limbs as lines and joints as dots, by positions in parts of the picture's sides.
struct SkeletonView: View {
  let skeletons: [Skeleton2D]

  var body: some View {
    Canvas { context, size in
      for skeleton in skeletons {
        let color = Color(hue: Double(skeleton.track % 8) / 8, saturation: 0.9, brightness: 1)
        func place(_ point: CGPoint) -> CGPoint { CGPoint(x: point.x * size.width, y: point.y * size.height) }
        for limb in skeleton.limbs {
          var path = Path()
          path.move(to: place(limb.from))
          path.addLine(to: place(limb.to))
          context.stroke(path, with: .color(color), lineWidth: 4)
        }
        for joint in skeleton.joints.map(place) {
          context.fill(
            Path(ellipseIn: CGRect(x: joint.x - 4, y: joint.y - 4, width: 8, height: 8)), with: .color(color))
        }
      }
    }
  }
}

/// What is drawn of a person.
struct Skeleton2D: Sendable {
  let track: Int
  let joints: [CGPoint]
  let limbs: [(from: CGPoint, to: CGPoint)]
}
