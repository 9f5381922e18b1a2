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

// Two functions with threads of their own and a program in one tree. One of the
// functions throws twice; when it has come up for the third time all are
// stopped.

#include <condition_variable>
#include <iostream>
#include <mutex>

#include "supervisor.hpp"

namespace {

// Until the worker is asked to stop.
void wait_for_stop(std::stop_token token) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait(lock, token, [] { return false; });
}

sup::Spec describe() {
  auto shop = sup::supervisor("shop", SUP_ONE_FOR_ONE);
  sup::check(sup_spec_set_tolerance(shop.get(), 5, SUP_SECONDS(5)));
  sup::add(shop, sup::process("sleeper", "sleep", "1000"));
  // The count belongs to the spec: it outlives each incarnation.
  sup::add(shop, sup::worker("reader", [runs = std::make_shared<int>(0)](
                                           std::stop_token token) {
             if (++*runs < 3)
               throw std::runtime_error("the file is not there");
             wait_for_stop(token);
           }));
  sup::add(shop, sup::worker("waiter", wait_for_stop));
  return shop;
}

void print(const sup::Event &event) {
  std::cout << event.path << ' ' << sup_event_kind_name(event.kind)
            << (event.error.empty() ? "" : ": ") << event.error << '\n';
}

void run() {
  sup::Runtime runtime;
  sup::Tree tree(runtime, describe());
  sup::Events events(tree);
  tree.launch();
  bool is_up = false, has_recovered = false;
  while (!is_up || !has_recovered) {
    auto event = events.next();
    if (!event)
      throw std::runtime_error("the tree has ended by itself");
    print(*event);
    is_up |= event->kind == SUP_EVENT_STARTED && event->path == "shop";
    has_recovered |= event->kind == SUP_EVENT_STARTED && event->restarts == 2;
  }
  tree.stop(SUP_SECONDS(5));
  while (auto event = events.next())
    print(*event);
}

// A spec whose faults come back as one exception.
void show_faults() {
  sup::Runtime runtime;
  auto spec = sup::supervisor("a/b", SUP_ONE_FOR_ONE);
  try {
    sup::Tree tree(runtime, spec);
  } catch (const sup::Error &error) {
    std::cout << "refused: " << sup_errno_name(error.code) << '\n'
              << error.what() << '\n';
  }
}

} // namespace

int main() {
  try {
    show_faults();
    run();
  } catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  std::cout << "exit: in order\n";
}
