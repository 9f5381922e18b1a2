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
 * Plays files, and all files of folders, through a target: for compilers
 * without libFuzzer, and for the tests. One line at the end says how many; if
 * one of them ends the program its name has been written before.
 */

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_FOR_ONE 60

static const char *playing = "";
static unsigned played;

/* What may be called in a signal handler. */
static void tell(int number) {
  static const char text[] = "\nended while it played ";
  (void)!write(2, text, sizeof(text) - 1);
  (void)!write(2, playing, strlen(playing));
  (void)!write(2, "\n", 1);
  signal(number, SIG_DFL);
  raise(number);
}

static void give_up(const char *path) {
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  exit(2);
}

static void play_file(const char *path, size_t size) {
  /* Of exactly this size, so that a sanitizer sees a read beyond it. */
  uint8_t *data = malloc(size == 0 ? 1 : size);
  FILE *file = fopen(path, "rb");
  if (data == NULL || file == NULL || fread(data, 1, size, file) != size)
    give_up(path);
  fclose(file);
  playing = path;
  alarm(SECONDS_FOR_ONE);
  LLVMFuzzerTestOneInput(data, size);
  alarm(0);
  playing = "";
  played++;
  free(data);
}

static void play(const char *path);

static void play_folder(const char *path) {
  struct dirent **entries;
  int count = scandir(path, &entries, NULL, alphasort);
  int i;
  if (count < 0)
    give_up(path);
  for (i = 0; i < count; i++) {
    if (entries[i]->d_name[0] != '.') {
      char below[4096];
      snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
      play(below);
    }
    free(entries[i]);
  }
  free(entries);
}

static void play(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0)
    give_up(path);
  if (S_ISDIR(status.st_mode))
    play_folder(path);
  else
    play_file(path, (size_t)status.st_size);
}

int main(int argc, char **argv) {
  int i;
  if (argc < 2) {
    fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
    return 2;
  }
  signal(SIGABRT, tell);
  signal(SIGALRM, tell);
  for (i = 1; i < argc; i++)
    play(argv[i]);
  printf("%u played\n", played);
  return played > 0 ? 0 : 1;
}
