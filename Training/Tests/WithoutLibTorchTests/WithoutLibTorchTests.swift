import Testing

struct WithoutLibTorchTests {
  @Test(
    "training agrees with the published code",
    .disabled("skipped: no LibTorch here (run make libtorch, or name its folder in LIBTORCH)"))
  func training() {}
}
