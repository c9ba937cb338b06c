import Foundation

/// The digest that goldens name bytes by (FIPS 180-4), in hexadecimal.
public func sha256(_ bytes: [UInt8]) -> String {
  // The first 32 bits of the fractions of the first primes' square and cube roots.
  let primes = (2...311).filter { number in !(2..<number).contains { number % $0 == 0 } }
  var hash = primes.prefix(8).map { Double($0).squareRoot().fraction }
  let constants = primes.prefix(64).map { cbrt(Double($0)).fraction }
  var message = bytes + [0x80]
  while message.count % 64 != 56 { message.append(0) }
  for shift in stride(from: 56, through: 0, by: -8) {
    message.append(UInt8(truncatingIfNeeded: (bytes.count * 8) >> shift))
  }
  var words = Array(repeating: UInt32(0), count: 64)
  for start in stride(from: 0, to: message.count, by: 64) {
    for index in 0..<16 {
      words[index] = message[start + 4 * index..<start + 4 * index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let (a, b) = (words[index - 15], words[index - 2])
      let first = a.turned(7) ^ a.turned(18) ^ a >> 3
      let second = b.turned(17) ^ b.turned(19) ^ b >> 10
      words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
    }
    var (a, b, c, d) = (hash[0], hash[1], hash[2], hash[3])
    var (e, f, g, h) = (hash[4], hash[5], hash[6], hash[7])
    for index in 0..<64 {
      let choice = e & f ^ ~e & g
      let majority = a & b ^ a & c ^ b & c
      let first = h &+ (e.turned(6) ^ e.turned(11) ^ e.turned(25)) &+ choice &+ constants[index] &+ words[index]
      let second = (a.turned(2) ^ a.turned(13) ^ a.turned(22)) &+ majority
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { hash[index] &+= word }
  }
  return hash.map { word in
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }.joined()
}

extension Double {
  fileprivate var fraction: UInt32 { UInt32((self - rounded(.down)) * 0x1p32) }
}

extension UInt32 {
  fileprivate func turned(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}
