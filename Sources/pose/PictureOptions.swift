import ArgumentParser
import PoseMedia

/// How large the pictures that a command reads may be.
struct PictureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The largest picture that is read, in pixels (width times height), or with the suffix M for millions. Defaults to 256M.",
      discussion: """
        A picture takes 3 bytes of memory for each pixel, 6 if its EXIF orientation turns it, up to 9 if it is a \
        progressive JPEG, 7 if it is a lossless WebP, and 11 if it is HEIC or AVIF: 256M pixels take 0.8 to 2.8 GB.
        """, valueName: "count"), transform: ScaledCount.pixels)
  private var maxPixels = ScaledCount(EncodedImage.defaultPixelLimit, step: 1000)

  /// The largest number of pixels of a picture that is decoded.
  var pixelLimit: Int { maxPixels.count }
}
