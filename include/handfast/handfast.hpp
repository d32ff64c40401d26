// All of the public interface.
//
//   network.hpp   Network: hosts and the wire between them       host.hpp     Host
//   tcp.hpp       TcpStream, TcpListener                         udp.hpp      UdpSocket
//   address.hpp   Address, Endpoint, Prefix                      weather.hpp  what links do to
//   packets buffer.hpp    Buffer: octets without a copy                  error.hpp    errors and
//   timeouts engine.hpp    Engine: one host without threads, clock or system calls
#pragma once

#include <handfast/address.hpp>
#include <handfast/buffer.hpp>
#include <handfast/engine.hpp>
#include <handfast/error.hpp>
#include <handfast/host.hpp>
#include <handfast/network.hpp>
#include <handfast/tcp.hpp>
#include <handfast/udp.hpp>
#include <handfast/weather.hpp>
