// Files and streams that watch a network: `--capture FILE`, `--ladder`.
#pragma once

#include <memory>
#include <string>

#include "observe/fan_out.hpp"
#include "observe/pcapng.hpp"

namespace handfast::cli {

// A pcapng file that is written as packets go by; whole when it is destroyed.
class CaptureFile {
public:
    // Throws std::system_error when the file cannot be written.
    CaptureFile(const std::string& path, const observe::CaptureOptions& options);
    ~CaptureFile();
    CaptureFile(const CaptureFile&) = delete;
    CaptureFile& operator=(const CaptureFile&) = delete;
    CaptureFile(CaptureFile&&) = delete;
    CaptureFile& operator=(CaptureFile&&) = delete;

    [[nodiscard]] observe::Capture& sink() { return capture_; }

private:
    struct Close {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    std::unique_ptr<std::FILE, Close> file_;
    observe::Capture capture_;
};

// Adds a capture to the watchers; an empty path: none.
[[nodiscard]] std::unique_ptr<CaptureFile> open_capture(const std::string& path,
                                                        observe::FanOut& watchers);

}  // namespace handfast::cli
