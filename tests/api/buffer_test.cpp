#include <algorithm>

#include "api/two_hosts.hpp"

namespace handfast::test {
namespace {

using BufferTest = Connected;

std::vector<std::byte> octets_of(const Buffer& buffer) {
    std::vector<std::byte> octets(buffer.size());
    EXPECT_EQ(buffer.copy_to(octets), octets.size());
    return octets;
}

void fill(Buffer& buffer, std::span<const std::byte> with) {
    for (std::size_t i = 0; i < buffer.parts(); ++i) {
        const std::span<std::byte> part = buffer.writable_part(i);
        std::ranges::copy(with.first(part.size()), part.begin());
        with = with.subspan(part.size());
    }
}

TEST_F(BufferTest, is_read_as_it_was_written) {
    const auto sent = pattern(300'000, 5);
    Buffer out = near.allocate(sent.size());
    EXPECT_EQ(out.size(), sent.size());
    fill(out, sent);
    EXPECT_EQ(near.write(std::move(out)), sent.size());
    near.shutdown(Shutdown::write);
    std::vector<std::byte> got;
    for (Buffer in = far.read_buffer(100'000); in.size() > 0; in = far.read_buffer(100'000)) {
        EXPECT_LE(in.size(), 100'000U);
        const auto octets = octets_of(in);
        got.insert(got.end(), octets.begin(), octets.end());
    }
    EXPECT_TRUE(got == sent);
}

TEST_F(BufferTest, is_shared_with_its_sender_and_not_copied) {
    // The first flights of a connection are short; what is short is copied, lest it pin a whole
    // block.
    std::vector<std::byte> flights(500'000);
    std::jthread writer{[&] { near.write(flights); }};
    far.read(flights);
    writer.join();
    Buffer out = near.allocate(50'000);
    const std::byte* const written = out.part(0).data();
    EXPECT_EQ(near.write(std::move(out)), 50'000U);
    const Buffer in = far.read_buffer(50'000);
    ASSERT_EQ(in.size(), 50'000U);
    EXPECT_EQ(in.part(0).data(), written);
}

TEST_F(BufferTest, that_was_read_cannot_be_changed) {
    near.write("text");
    Buffer in = far.read_buffer(10);
    EXPECT_EQ(in.size(), 4U);
    EXPECT_TRUE(in.writable_part(0).empty());
}

TEST_F(BufferTest, passes_from_stream_to_stream) {
    TcpStream onward = client.connect(server_endpoint);
    TcpStream end = listener.accept();
    const auto sent = pattern(2'000'000, 6);
    std::jthread writer{[&] { near.write(sent), near.shutdown(Shutdown::write); }};
    std::jthread proxy{[&] {
        for (Buffer b = far.read_buffer(200'000); b.size() > 0; b = far.read_buffer(200'000))
            onward.write(std::move(b));
        onward.shutdown(Shutdown::write);
    }};
    EXPECT_TRUE(read_to_end(end, 65'536) == sent);
}

TEST_F(BufferTest, is_copied_into_another_network) {
    Network other;
    const Host a = other.add_host("a", "10.0.0.1/24");
    TcpListener there = a.listen(80);
    TcpStream onward = a.connect("10.0.0.1:80");
    TcpStream end = there.accept();
    const auto sent = pattern(100'000, 6);
    near.write(sent);
    near.close();
    for (Buffer b = far.read_buffer(30'000); b.size() > 0; b = far.read_buffer(30'000))
        onward.write(std::move(b));
    onward.close();
    EXPECT_TRUE(read_to_end(end, 65'536) == sent);
}

TEST_F(BufferTest, counts_against_the_receive_buffer_until_it_is_released) {
    near.set_timeout(std::chrono::seconds{0});
    const auto plenty = pattern(20'000'000, 1);
    std::error_code error;
    near.write(plenty, error);
    ASSERT_TRUE(is_timeout(error));
    std::vector<Buffer> hoard;
    std::size_t held = 0;
    far.set_timeout(std::chrono::seconds{0});
    while (held < 20'000'000) {
        Buffer b = far.read_buffer(60'000, error);
        if (error) break;
        held += b.size();
        hoard.push_back(std::move(b));
        near.write(std::span{plenty}.first(60'000), error);
    }
    EXPECT_TRUE(is_timeout(error)) << "the hoarder stopped its peer";
    EXPECT_LT(held, 20'000'000U);
    hoard.clear();
    EXPECT_GT(near.write(std::span{plenty}.first(60'000), error), 0U) << "and may go on";
}

TEST_F(BufferTest, outlives_its_stream_and_its_network) {
    Buffer kept;
    {
        Network other;
        const Host a = other.add_host("a", "10.0.0.1/24");
        TcpListener there = a.listen(80);
        TcpStream in = a.connect("10.0.0.1:80");
        TcpStream out = there.accept();
        out.write("kept");
        kept = in.read_buffer(100);
    }
    EXPECT_EQ(kept.size(), 4U);
    EXPECT_EQ(static_cast<char>(kept.part(0)[0]), 'k');
}

TEST_F(BufferTest, goes_home_from_any_thread) {
    const std::size_t before = network.memory_in_use();
    for (int i = 0; i < 20; ++i) {
        near.write(pattern(60'000, 1));
        std::jthread{[b = far.read_buffer(60'000)] { EXPECT_GT(b.size(), 0U); }};
    }
    std::vector<std::byte> rest(20 * 60'000);
    far.set_timeout(std::chrono::seconds{0});
    std::error_code error;
    while (!error) far.read_some(rest, error);
    EXPECT_LE(network.memory_in_use(), before + 400'000);
}

TEST_F(BufferTest, is_cut_from_behind) {
    near.write("hello world");
    Buffer b = far.read_buffer(100);
    b.truncate(5);
    EXPECT_EQ(b.size(), 5U);
    b.truncate(100);
    EXPECT_EQ(b.size(), 5U);
    EXPECT_EQ(far.write(std::move(b)), 5U);
    EXPECT_EQ(near.read_text(100), "hello");
}

TEST_F(BufferTest, that_is_too_large_is_refused) {
    std::error_code error;
    EXPECT_EQ(near.allocate(2'000'000, error).size(), 0U);
    EXPECT_EQ(error, std::errc::no_buffer_space);
    EXPECT_EQ(near.allocate(1'320'320, error).size(), 1'320'320U);
    EXPECT_FALSE(error);
}

TEST_F(BufferTest, of_nothing_is_empty) {
    Buffer nothing;
    EXPECT_EQ(nothing.size(), 0U);
    EXPECT_EQ(nothing.parts(), 0U);
    nothing.truncate(0);
    EXPECT_EQ(near.write(std::move(nothing)), 0U);
}

}  // namespace
}  // namespace handfast::test
