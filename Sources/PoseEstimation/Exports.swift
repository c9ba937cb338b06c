// What users of the library see without further imports: pictures in, poses out.
@_exported import PoseCore
@_exported import PoseMedia
