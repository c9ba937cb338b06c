import SwiftUI

@main
struct PoseCameraApp: App {
  var body: some Scene {
    WindowGroup { CameraView() }
  }
}
