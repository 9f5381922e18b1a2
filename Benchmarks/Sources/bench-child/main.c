/*
 * This source file is part of the swift-supervision project
 *
 * Copyright (c) 2026 the swift-supervision project authors
 * Licensed under Apache License v2.0
 *
 * See LICENSE.txt for license information
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/*
 * The child of the benchmarks: as little of a program as there can be, so that
 * what is measured is who starts it. No library, no start-up code.
 *
 *   bench-child        waits for a signal
 *   bench-child exit   ends at once
 *   bench-child tell   writes its process id to descriptor 3, then waits
 *
 * It asks the kernel to be killed when the thread that started it ends, so
 * that none is left behind by a benchmark that was interrupted.
 */

#if defined(__linux__) && defined(__x86_64__)

enum { NR_WRITE = 1, NR_PAUSE = 34, NR_GETPID = 39, NR_EXIT = 231,
       NR_PRCTL = 157, PDEATHSIG = 1, KILL = 9 };

static long call(long number, long a, long b, long c) {
  long result;

  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

__attribute__((noreturn, used)) static void run(long *stack) {
  char **argv = (char **)(stack + 1);
  char what = stack[0] > 1 ? argv[1][0] : '\0';
  int pid;

  if (what == 'e')
    call(NR_EXIT, 0, 0, 0);
  call(NR_PRCTL, PDEATHSIG, KILL, 0);
  if (what == 't') {
    pid = (int)call(NR_GETPID, 0, 0, 0);
    call(NR_WRITE, 3, (long)&pid, sizeof(pid));
  }
  for (;;)
    call(NR_PAUSE, 0, 0, 0);
}

__asm__(".globl _start\n"
        "_start:\n"
        "  xor %ebp, %ebp\n"
        "  mov %rsp, %rdi\n"
        "  and $-16, %rsp\n"
        "  call run\n");

#else
#error "bench-child has no system calls for this machine yet"
#endif
