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

// C++ wrappers as a program may want to have them: handles that give their
// reference back, errors as exceptions, workers as functions with a thread of
// their own. No exception ever leaves a function that the library calls.

#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <supervisor/supervisor.h>
#include <thread>
#include <utility>

namespace sup {

// ---- Handles ---------------------------------------------------------------

template <auto release> struct Releaser {
  template <class T> void operator()(T *object) const {
    release(object);
  }
};

using Spec = std::unique_ptr<sup_spec, Releaser<sup_spec_unref>>;
using Report = std::unique_ptr<sup_report, Releaser<sup_report_unref>>;

// ---- Errors ----------------------------------------------------------------

class Error : public std::runtime_error {
public:
  Error(int code, const std::string &text)
      : std::runtime_error(text), code(code) {
  }
  const int code;
};

// Throw unless a call went well; `report` says more than the code.
inline void check(int code, const Report &report = nullptr) {
  if (code == 0)
    return;
  if (report == nullptr)
    throw Error(code, sup_strerror(code));
  std::string text(sup_report_explain(report.get(), nullptr, 0), '\0');
  sup_report_explain(report.get(), text.data(), text.size() + 1);
  throw Error(code, text);
}

// ---- Specs -----------------------------------------------------------------

inline Spec not_null(sup_spec *spec) {
  if (spec == nullptr)
    throw std::bad_alloc();
  return Spec(spec);
}

inline Spec supervisor(const char *name, sup_strategy strategy) {
  return not_null(sup_supervisor_spec(name, strategy));
}

template <class... Arguments>
Spec process(const char *name, Arguments... arguments) {
  const char *const argv[] = {arguments..., nullptr};
  return not_null(sup_process_spec(name, argv));
}

inline void add(const Spec &parent, Spec child) {
  check(sup_spec_add(parent.get(), child.release())); // taken over in any case
}

// ---- Workers ---------------------------------------------------------------

using Body = std::function<void(std::stop_token)>;

namespace detail {

// On the worker's own thread. What it throws is told as its failure.
inline void run(std::stop_token token, const Body &body, sup_child child) {
  try {
    body(token);
    if (token.stop_requested())
      sup_child_canceled(child);
    else
      sup_child_completed(child);
  } catch (const std::exception &error) {
    sup_child_failed(
        child, sup_error_create(SUP_EFAILED, error.what(), nullptr, nullptr));
  } catch (...) {
    sup_child_failed(child, nullptr);
  }
}

// The functions of the table run on the loop thread: they return at once.
inline int start(void *ctx, sup_child child, void **state) noexcept try {
  const Body &body = *static_cast<Body *>(ctx); // lives as long as the spec
  *state = new std::jthread(
      [&body, child](std::stop_token token) { run(token, body, child); });
  return 0;
} catch (...) {
  return SUP_ESYSTEM; // no memory, no thread: it has failed to start
}

inline void stop(void *state, sup_stop_action) noexcept {
  static_cast<std::jthread *>(state)->request_stop();
}

inline void end(void *state) noexcept {
  delete static_cast<std::jthread *>(state); // joins: it has reported its end
}

inline void free(void *ctx) noexcept {
  delete static_cast<Body *>(ctx);
}

inline constexpr sup_callbacks callbacks = {
    sizeof(sup_callbacks), 0, start, stop, end, free};

} // namespace detail

// A function that returns soon after it was asked to stop.
inline Spec worker(const char *name, Body body) {
  auto owned = std::make_unique<Body>(std::move(body));
  // The context is taken over even if there is no memory for the spec.
  return not_null(sup_callback_spec(name, &detail::callbacks, owned.release()));
}

// ---- Runtimes, trees, events -----------------------------------------------

class Runtime {
public:
  Runtime() {
    check(sup_runtime_create(&runtime, nullptr));
  }
  // Its trees have ended by now, or it closes itself after the last one.
  ~Runtime() {
    sup_runtime_close(runtime);
    sup_runtime_unref(runtime);
  }
  Runtime(const Runtime &) = delete;
  Runtime &operator=(const Runtime &) = delete;
  sup_runtime *get() const {
    return runtime;
  }

private:
  sup_runtime *runtime = nullptr;
};

class Tree {
public:
  Tree(const Runtime &runtime, const Spec &spec) {
    sup_report *report = nullptr;
    int code = sup_tree_create(runtime.get(), spec.get(), &tree, &report);
    check(code, Report(report));
  }
  // A tree that is forgotten goes on; one that goes out of scope is stopped.
  ~Tree() {
    if (sup_tree_get_state(tree) != SUP_TREE_CREATED)
      sup_tree_stop(tree, SUP_SECONDS(5), nullptr);
    sup_tree_unref(tree);
  }
  Tree(const Tree &) = delete;
  Tree &operator=(const Tree &) = delete;
  void launch() {
    check(sup_tree_launch(tree, nullptr));
  }
  void stop(sup_duration budget) {
    sup_report *report = nullptr;
    int code = sup_tree_stop(tree, budget, &report);
    check(code, Report(report));
  }
  sup_tree *get() const {
    return tree;
  }

private:
  sup_tree *tree = nullptr;
};

struct Event {
  sup_event_kind kind;
  std::string path;
  std::string error; // empty if there is none
  std::uint64_t restarts;
};

class Events {
public:
  explicit Events(const Tree &tree) {
    check(sup_events_open(tree.get(), nullptr, &events));
  }
  ~Events() {
    sup_events_close(events);
  }
  Events(const Events &) = delete;
  Events &operator=(const Events &) = delete;
  // The next one; none after the final one.
  std::optional<Event> next() {
    sup_event event = {};
    event.size = sizeof(event);
    int code = sup_events_wait(events, &event, SUP_INFINITE);
    if (code == SUP_EGONE)
      return std::nullopt;
    if (code != 1)
      check(code);
    return Event{event.kind, event.path,
                 event.error ? sup_error_text(event.error) : "",
                 event.restarts};
  }

private:
  sup_events *events = nullptr;
};

} // namespace sup
