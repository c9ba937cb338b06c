#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether the system would give this many bytes now. Swift's arrays end the program where it does not.
func isMemoryAvailable(_ count: Int) -> Bool {
  // What is smaller comes from memory that the process has, or lacks whatever a picture does.
  guard count >= 1 << 24 else { return true }
  #if canImport(Darwin)
    let flags = MAP_PRIVATE | MAP_ANON
  #else
    let flags = Int32(MAP_PRIVATE) | Int32(MAP_ANONYMOUS)
  #endif
  guard let memory = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else { return false }
  munmap(memory, count)
  return true
}
