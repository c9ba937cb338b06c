// What users of the library see without further imports: poses, and pictures where there are libraries for them.
@_exported import PoseCore
@_exported import PoseImage

#if canImport(PoseMedia)
  @_exported import PoseMedia
#endif
