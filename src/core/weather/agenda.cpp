#include "core/weather/agenda.hpp"

namespace handfast::weather {

void Agenda::set(std::uint32_t who, Deadline at) {
    if (who >= where_.size()) {
        if (!at) return;
        where_.resize(std::size_t{who} + 1, absent);
    }
    const std::size_t found = where_[who];
    if (!at) {
        if (found != absent) erase(found);
        return;
    }
    const Item item{.at = *at, .who = who};
    if (found == absent) {
        heap_.push_back(item);
        sift_up(heap_.size() - 1, item);
        return;
    }
    if (heap_[found].at == *at) return;
    before(item, heap_[found]) ? sift_up(found, item) : sift_down(found, item);
}

void Agenda::place(std::size_t at, const Item& item) {
    heap_[at] = item;
    where_[item.who] = static_cast<std::uint32_t>(at);
}

void Agenda::sift_up(std::size_t at, const Item& item) {
    while (at > 0) {
        const std::size_t parent = (at - 1) / 2;
        if (!before(item, heap_[parent])) break;
        place(at, heap_[parent]);
        at = parent;
    }
    place(at, item);
}

void Agenda::sift_down(std::size_t at, const Item& item) {
    while (true) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
        if (!before(heap_[child], item)) break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, item);
}

void Agenda::erase(std::size_t at) {
    where_[heap_[at].who] = absent;
    const Item last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    before(last, heap_[at]) ? sift_up(at, last) : sift_down(at, last);
}

}  // namespace handfast::weather
