// A TCP server and a TCP client, on two hosts of one network in this process.
#include <iostream>
#include <thread>

#include <handfast/handfast.hpp>

int main() {
    handfast::Network network;
    handfast::Host alice = network.add_host("alice", "192.168.21.253/24");
    handfast::Host bob = network.add_host("bob", "192.168.21.1/24");

    handfast::TcpListener listener = alice.listen(8898);
    std::jthread server{[&] {
        handfast::TcpStream stream = listener.accept();
        std::cout << "server: " << stream.read_text(1024) << '\n';
        stream.write("Hello, bob!");
    }};

    handfast::TcpStream stream = bob.connect("192.168.21.253:8898");
    stream.write("Hello, alice!");
    std::cout << "client: " << stream.read_text(1024) << '\n';
}
