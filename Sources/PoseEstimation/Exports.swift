// What users of the library see without further imports: poses, who is who, and pictures where there are libraries for them.
@_exported import PoseCore
@_exported import PoseImage
@_exported import PoseTracking

#if canImport(PoseMedia)
  @_exported import PoseMedia
#endif
