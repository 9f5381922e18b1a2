//===----------------------------------------------------------------------===//
//
// This source file is part of the swift-supervision open source project
//
// Copyright (c) 2026 the swift-supervision project authors
// Licensed under Apache License v2.0
//
// See LICENSE.txt for license information
//
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The terminal at standard output, taken over as a whole and given back as it was.
final class Terminal: Sendable {
    struct Size: Hashable, Sendable {
        var rows: Int
        var columns: Int
    }

    private struct State {
        var isOpen = false
        var settings: termios?
        var size: Size?
        var shown: [String] = []
    }

    private let state = Mutex(State())

    /// Whether standard output is a terminal on which a cursor can be moved.
    static var isUsable: Bool {
        guard isatty(STDOUT_FILENO) == 1, let kind = getenv("TERM").map({ String(cString: $0) }) else { return false }
        return kind != "" && kind != "dumb"
    }

    /// How large the window is at this moment.
    var size: Size {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 else {
            return Size(rows: 24, columns: 80)
        }
        return Size(rows: Int(window.ws_row), columns: Int(window.ws_col))
    }

    /// Show a screen of our own, without a cursor, and let what is typed not be seen.
    func open() {
        state.withLock { open(&$0) }
    }

    /// Give the terminal back. Nothing is drawn after that.
    func close() {
        state.withLock { close(&$0) }
    }

    /// Give the terminal back, stop as Ctrl-Z asks for, and take it again when we are continued.
    func suspend() {
        state.withLock { state in
            guard state.isOpen else { return }
            close(&state)
            kill(getpid(), SIGSTOP)
            open(&state)
        }
    }

    /// Show these lines. Only those that have changed are written, in one go, so nothing flickers.
    func draw(_ lines: [String], _ size: Size) {
        state.withLock { state in
            guard state.isOpen else { return }
            var text = ""
            if state.size != size {
                text += Code.clear
                state.shown = []
                state.size = size
            }
            for row in 0..<max(lines.count, state.shown.count) {
                let line = row < lines.count ? lines[row] : ""
                if row < state.shown.count, state.shown[row] == line { continue }
                text += Code.line(row + 1) + line
            }
            state.shown = lines
            write(text.isEmpty ? "" : Code.beginFrame + text + Code.endFrame)
        }
    }

    private func open(_ state: inout State) {
        guard !state.isOpen else { return }
        state.isOpen = true
        state.size = nil
        // In the background the settings are the foreground's, and changing them would stop us.
        if tcgetpgrp(STDIN_FILENO) == getpgrp() {
            var settings = termios()
            if tcgetattr(STDIN_FILENO, &settings) == 0 {
                state.settings = settings
                settings.c_lflag &= ~tcflag_t(ECHO)
                tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            }
        }
        write(Code.enter)
    }

    private func close(_ state: inout State) {
        guard state.isOpen else { return }
        state.isOpen = false
        write(Code.leave)
        if var settings = state.settings {
            // What was typed meanwhile is for nobody.
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            state.settings = nil
        }
    }

    /// A terminal that has gone is told by SIGHUP; there is nothing to be done about it here.
    private func write(_ text: String) {
        try? Descriptor.write(text, to: STDOUT_FILENO)
    }

    private enum Code {
        static let enter = "\u{1B}[?1049h\u{1B}[?25l"
        static let leave = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
        static let clear = "\u{1B}[0m\u{1B}[2J"
        // Terminals that know it show the frame as a whole; others ignore it.
        static let beginFrame = "\u{1B}[?2026h"
        static let endFrame = "\u{1B}[?2026l"

        static func line(_ number: Int) -> String {
            "\u{1B}[\(number);1H\u{1B}[K"
        }
    }
}
