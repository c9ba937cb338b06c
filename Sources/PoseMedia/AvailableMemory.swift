#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whether the system would allocate this many bytes now. If it does not, Swift's arrays end the program.
func isMemoryAvailable(_ count: Int) -> Bool {
  // Small pictures are not worth a system call.
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
