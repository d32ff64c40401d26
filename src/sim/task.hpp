// Programs of a simulated world are coroutines: they read like blocking programs and take no
// threads.
//
//   Task<> server(Host& host) {
//       auto listener = host.listen({host.address(), Port{8898}});
//       auto stream = co_await listener.accept();
//       auto message = co_await stream.receive(1024);
//   }
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace handfast::sim {

template <class T = void>
class [[nodiscard]] Task;

namespace detail {

// What the promises of Task<T> and Task<void> have in common: who waits, and how it ended badly.
class PromiseBase {
public:
    struct Resume {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
            const auto waiting = ended.promise().waiting_;
            return waiting ? waiting : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };

    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Resume final_suspend() const noexcept { return {}; }
    void unhandled_exception() { failure_ = std::current_exception(); }

    void set_waiting(std::coroutine_handle<> h) { waiting_ = h; }
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::coroutine_handle<> waiting_;
    std::exception_ptr failure_;
};

template <class T>
class Promise : public PromiseBase {
public:
    Task<T> get_return_object();
    void return_value(T value) { value_.emplace(std::move(value)); }
    [[nodiscard]] T take() {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
public:
    Task<void> get_return_object();
    void return_void() const {}
    void take() const { rethrow(); }
};

}  // namespace detail

// Starts when it is awaited (or given to World::spawn); owns its frame.
template <class T>
class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;

    explicit Task(std::coroutine_handle<promise_type> h) : handle_{h} {}
    Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() {
        if (handle_) handle_.destroy();
    }

    [[nodiscard]] bool done() const { return handle_.done(); }
    [[nodiscard]] std::coroutine_handle<> handle() const { return handle_; }
    T result() { return handle_.promise().take(); }

    [[nodiscard]] bool await_ready() const { return handle_.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) {
        handle_.promise().set_waiting(waiting);
        return handle_;
    }
    T await_resume() { return handle_.promise().take(); }

private:
    std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
    return Task<T>{std::coroutine_handle<Promise>::from_promise(*this)};
}
inline Task<void> Promise<void>::get_return_object() {
    return Task<void>{std::coroutine_handle<Promise>::from_promise(*this)};
}

}  // namespace detail

}  // namespace handfast::sim
