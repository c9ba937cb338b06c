import ArgumentParser
import PoseTorch

extension Launcher: ExpressibleByArgument {}
