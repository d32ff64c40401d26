#include "observe/ladder.hpp"

#include <map>
#include <utility>

#include "observe/ladder/builder.hpp"
#include "observe/ladder/painter.hpp"

namespace handfast::observe {
namespace {

using ladder::Conversation;
using ladder::Painter;
using ladder::Step;

// Painters of the conversations that have begun, by number.
class Painters {
public:
    explicit Painters(const LadderOptions& options) : options_{options} {}

    [[nodiscard]] Painter* find(const Conversation& conversation) {
        const auto found = painters_.find(conversation.facts().number);
        return found == painters_.end() ? nullptr : &found->second;
    }
    Painter& begin(const Conversation& conversation, Instant origin) {
        const Instant zero = options_.origin.value_or(origin);
        const std::size_t number = conversation.facts().number;
        return painters_.try_emplace(number, conversation, options_.width, zero).first->second;
    }
    void end(const Conversation& conversation) { painters_.erase(conversation.facts().number); }

    [[nodiscard]] std::string paint(const Line& line) const {
        return painted(line, options_.width, options_.look);
    }

private:
    const LadderOptions& options_;
    std::map<std::size_t, Painter> painters_;
};

// Collects each conversation's lines for itself.
class WholeLadders final : public ladder::StepSink {
public:
    explicit WholeLadders(const LadderOptions& options)
        : painters_{options}, builder_{options, *this} {}

    [[nodiscard]] std::vector<std::string> render(const Recorder& recorder) {
        recorder.replay(builder_);
        builder_.finish();
        std::vector<std::string> out;
        for (auto& [number, lines] : lines_) {
            if (!out.empty()) out.emplace_back();
            std::ranges::move(lines, std::back_inserter(out));
        }
        if (recorder.lost() != 0) {
            const std::string lost =
                std::to_string(recorder.lost()) + " later events were not recorded";
            out.push_back(painters_.paint(Line{}.add(lost, Style::lost)));
        }
        return out;
    }

    void step(const Conversation& conversation, const Step& step) override {
        Painter* painter = painters_.find(conversation);
        if (painter == nullptr) {
            painter = &painters_.begin(conversation, builder_.origin());
            add(conversation, painter->heading(conversation));
        }
        add(conversation, painter->draw(step));
    }
    void end(const Conversation& conversation) override {
        if (const Painter* painter = painters_.find(conversation)) {
            add(conversation, painter->closing(conversation));
        }
        painters_.end(conversation);
    }

private:
    void add(const Conversation& conversation, const std::vector<Line>& lines) {
        std::vector<std::string>& out = lines_[conversation.facts().number];
        for (const Line& line : lines) out.push_back(painters_.paint(line));
    }

    Painters painters_;
    ladder::Builder builder_;
    std::map<std::size_t, std::vector<std::string>> lines_;
};

}  // namespace

std::vector<std::string> render(const Recorder& recorder, const LadderOptions& options) {
    return WholeLadders{options}.render(recorder);
}

// Emits lines as steps are told; says whose they are when that changes.
struct LadderStream::Rooms final : ladder::StepSink {
    Rooms(LadderOptions given, Emit to)
        : options{std::move(given)},
          emit{std::move(to)},
          painters{options},
          builder{options, *this} {}

    void step(const Conversation& conversation, const Step& step) override {
        Painter* painter = painters.find(conversation);
        if (painter == nullptr) {
            painter = &painters.begin(conversation, builder.origin());
            if (drawn_last != 0) emit("");
            tell(painter->heading(conversation));
        } else if (drawn_last != conversation.facts().number) {
            tell({painter->reminder(conversation)});
        }
        drawn_last = conversation.facts().number;
        tell(painter->draw(step));
    }
    void end(const Conversation& conversation) override {
        if (const Painter* painter = painters.find(conversation)) {
            if (drawn_last != conversation.facts().number) tell({painter->reminder(conversation)});
            drawn_last = conversation.facts().number;
            tell(painter->closing(conversation));
        }
        painters.end(conversation);
    }
    void tell(const std::vector<Line>& lines) const {
        for (const Line& line : lines) emit(painters.paint(line));
    }

    LadderOptions options;
    Emit emit;
    Painters painters;
    ladder::Builder builder;
    std::size_t drawn_last{0};  // the conversation of the last line
};

LadderStream::LadderStream(LadderOptions options, Emit emit)
    : rooms_{std::make_unique<Rooms>(std::move(options), std::move(emit))} {}
LadderStream::~LadderStream() = default;

void LadderStream::on(const trace::SegmentSent& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::SegmentReceived& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::StateEdge& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::TimerFired& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::PacketDropped& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::FrameSeen& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const trace::FrameFate& event) {
    rooms_->builder.on(event);
}
void LadderStream::on(const Note& note) {
    rooms_->builder.on(note);
}
void LadderStream::know(LadderHost host) {
    rooms_->builder.know(std::move(host));
}
void LadderStream::rest() {
    rooms_->builder.rest();
}
void LadderStream::finish() {
    rooms_->builder.finish();
}

}  // namespace handfast::observe
