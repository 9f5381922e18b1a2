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
 * The program that the process benchmarks start: as little of one as there can
 * be, so that what is measured is who starts it. It has no library and no
 * start-up code, which the package manager cannot link, so it is laid out here
 * as the 64-bit ELF file that it is.
 *
 *   child        waits for a signal
 *   child exit   ends at once
 *   child tell   writes its process id to descriptor 3, then waits
 *
 * It asks the kernel to be killed when the thread that started it ends, so that
 * none is left behind by a benchmark that was interrupted.
 */

#include <CBench.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__linux__) && defined(__x86_64__)

__asm__(".section .rodata\n"
        ".balign 16\n"
        "cb_image:\n"
        /* The file's header: a program for x86-64, one segment. */
        "  .byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0\n"
        "  .quad 0\n"
        "  .short 2, 62\n"
        "  .long 1\n"
        "  .quad 0x400000 + cb_code - cb_image\n"
        "  .quad cb_segment - cb_image, 0\n"
        "  .long 0\n"
        "  .short 64, 56, 1, 0, 0, 0\n"
        /* The segment: all of the file, to be read and executed. */
        "cb_segment:\n"
        "  .long 1, 5\n"
        "  .quad 0, 0x400000, 0x400000\n"
        "  .quad cb_image_end - cb_image, cb_image_end - cb_image, 0x1000\n"
        "cb_code:\n"
        "  xor %ebx, %ebx\n" /* bl = argc > 1 ? argv[1][0] : 0 */
        "  cmpq $2, (%rsp)\n"
        "  jl 1f\n"
        "  mov 16(%rsp), %rcx\n"
        "  mov (%rcx), %bl\n"
        "  cmp $'e', %bl\n"
        "  je 4f\n"
        "1: mov $157, %eax\n" /* prctl(PR_SET_PDEATHSIG, SIGKILL) */
        "  mov $1, %edi\n"
        "  mov $9, %esi\n"
        "  syscall\n"
        "  cmp $'t', %bl\n"
        "  jne 3f\n"
        "  mov $39, %eax\n" /* getpid */
        "  syscall\n"
        "  push %rax\n"
        "  mov $1, %eax\n" /* write(3, &pid, 4) */
        "  mov $3, %edi\n"
        "  mov %rsp, %rsi\n"
        "  mov $4, %edx\n"
        "  syscall\n"
        "3: mov $34, %eax\n" /* pause */
        "  syscall\n"
        "  jmp 3b\n"
        "4: mov $231, %eax\n" /* exit_group(0) */
        "  xor %edi, %edi\n"
        "  syscall\n"
        "cb_image_end:\n"
        ".text\n");

extern const char cb_image[] __asm__("cb_image");
extern const char cb_image_end[] __asm__("cb_image_end");

int cb_make_child(const char *path) {
  size_t size = (size_t)(cb_image_end - cb_image);
  char draft[4096];
  int file, r;

  snprintf(draft, sizeof(draft), "%s.%ld", path, (long)getpid());
  file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
  if (file < 0)
    return -1;
  r = write(file, cb_image, size) == (ssize_t)size ? 0 : -1;
  if (close(file) != 0 || r != 0 || rename(draft, path) != 0) {
    unlink(draft);
    return -1;
  }
  return 0;
}

#else

int cb_make_child(const char *path) {
  (void)path;
  return -1;
}

#endif
