import ArgumentParser
import NIOCore
import NIOHTTP1
import NIOPosix
import Supervision
@main struct Demo { static func main() async { print("hi") } }
