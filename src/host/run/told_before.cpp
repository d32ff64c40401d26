#include "host/run/told_before.hpp"

namespace handfast::run {

std::size_t ToldBefore::Hash::operator()(const What& what) const {
    constexpr unsigned beside = 16;
    const auto option = (static_cast<std::uint64_t>(what.level) << beside) ^
                        static_cast<std::uint64_t>(what.name) ^ what.room;
    constexpr unsigned above = 32;
    return std::hash<std::uint64_t>{}(std::to_underlying(what.key) ^ (option << above));
}

ToldBefore::Told* ToldBefore::find(const What& what) {
    const auto found = told_.find(what);
    if (found == told_.end() || generations_.of(what.key) != found->second.generation)
        return nullptr;
    return &found->second;
}

void ToldBefore::tell(DaemonLink& daemon,
                      const What& what,
                      control::Request request,
                      DaemonLink::Continuation then) {
    if (daemon.alive()) {
        if (Told* const before = find(what)) return then(before->reply);
    }
    // As it was before the question: what changes meanwhile makes the answer old.
    const auto generation = generations_.of(what.key);
    daemon.ask(std::move(request),
               {},
               [this, what, generation, then = std::move(then)](control::Reply& reply) mutable {
                   if (generation && reply.error == 0)
                       keep(what, {.generation = *generation, .reply = reply});
                   then(reply);
               });
}

void ToldBefore::keep(const What& what, control::Reply reply) {
    if (const auto generation = generations_.of(what.key))
        keep(what, {.generation = *generation, .reply = std::move(reply)});
}

void ToldBefore::keep(const What& what, Told told) {
    if (told_.size() >= most) told_.clear();
    told_.insert_or_assign(what, std::move(told));
}

}  // namespace handfast::run
