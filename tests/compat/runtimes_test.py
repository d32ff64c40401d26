"""Runtimes with sockets of their own making: Node, Java, and programs that are linked statically, which no
library could come before."""

import os
import shutil
import subprocess
import tempfile

import network
import servers
from servers import Servers, needs, tool

NODE_HTTP = """
const server = require('http').createServer((request, response) => {
  const parts = []; request.on('data', part => parts.push(part));
  request.on('end', () => response.end(Buffer.concat(parts).reverse()));
});
server.listen(8080, '0.0.0.0', () => console.log('ready'));
"""

NODE_ASKS = """
const http = require('http'); const agent = new http.Agent({keepAlive: true, maxSockets: 4}); let good = 0;
for (let i = 0; i < 12; i++) {
  const text = Buffer.alloc(20000, i); text[0] = 255;
  const ask = http.request({host: '10.7.0.1', port: 8080, method: 'POST', agent}, response => {
    const parts = []; response.on('data', part => parts.push(part));
    response.on('end', () => { good += Buffer.concat(parts).reverse().equals(text);
                               if (good == 12) { console.log('all'); agent.destroy(); } });
  });
  ask.end(text);
}
"""

NODE_REFUSED = """
require('net').connect(8081, '10.7.0.1').on('error', error => console.log(error.code));
"""

NODE_DATAGRAMS = """
const socket = require('dgram').createSocket('udp4');
socket.on('message', (text, from) => socket.send(text + ' from ' + from.address, from.port, from.address));
socket.bind(8080, () => console.log('ready'));
"""

NODE_SENDS = """
const socket = require('dgram').createSocket('udp4');
const again = setInterval(() => socket.send('datagram', 8080, '10.7.0.1'), 50);
socket.on('message', text => { console.log(String(text)); clearInterval(again); socket.close(); });
"""

JAVA = """
import java.io.*; import java.net.*; import java.nio.*; import java.nio.channels.*; import java.util.*;

public class Echo {
    static void serve() throws Exception {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress("0.0.0.0", 8080)).configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        System.out.println("ready");
        ByteBuffer octets = ByteBuffer.allocate(65536);
        while (true) {
            selector.select();
            for (Iterator<SelectionKey> i = selector.selectedKeys().iterator(); i.hasNext(); i.remove()) {
                SelectionKey key = i.next();
                if (!(key.isAcceptable())) {
                    SocketChannel channel = (SocketChannel) key.channel();
                    octets.clear();
                    if (channel.read(octets) < 0) { channel.close(); continue; }
                    for (octets.flip(); octets.hasRemaining(); ) channel.write(octets);
                } else {
                    SocketChannel channel = server.accept();
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_READ);
                }
            }
        }
    }
    static void ask() throws Exception {
        try (Socket socket = new Socket("10.7.0.1", 8080)) {
            byte[] octets = new byte[100000];
            new Random(1).nextBytes(octets);
            Thread writer = new Thread(() -> {
                try { socket.getOutputStream().write(octets); socket.shutdownOutput(); } catch (IOException e) {}
            });
            writer.start();
            System.out.println(Arrays.equals(socket.getInputStream().readAllBytes(), octets));
        }
        try { new Socket("10.7.0.1", 8081); } catch (ConnectException refused) { System.out.println("refused"); }
        DatagramSocket datagrams = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
        datagrams.send(new DatagramPacket(new byte[] {7}, 1, datagrams.getLocalSocketAddress()));
        DatagramPacket packet = new DatagramPacket(new byte[2], 2);
        datagrams.receive(packet);
        System.out.println(packet.getLength() + " " + packet.getData()[0]);
    }
    public static void main(String[] words) throws Exception {
        if (words[0].equals("serve")) serve(); else ask();
    }
}
"""

GO = """
package main

import ("fmt"; "io"; "log"; "net"; "net/http"; "os"; "strings"; "sync"; "time")

func serve() {
    listener, err := net.Listen("tcp4", "0.0.0.0:8080")
    if err != nil { log.Fatal(err) }
    fmt.Println("ready")
    log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
        text, _ := io.ReadAll(r.Body)
        w.Write(text)
    })))
}

func ask() {
    text := strings.Repeat("0123456789", 2000)
    var all sync.WaitGroup
    for i := 0; i < 20; i++ {
        all.Add(1)
        go func() {
            defer all.Done()
            response, err := http.Post("http://10.7.0.1:8080/", "text/plain", strings.NewReader(text))
            if err != nil { log.Fatal(err) }
            got, err := io.ReadAll(response.Body)
            if err != nil || string(got) != text { log.Fatal("other text: ", err) }
        }()
    }
    all.Wait()
    if _, err := net.Dial("tcp", "10.7.0.1:8081"); err == nil || !strings.Contains(err.Error(), "refused") { log.Fatal(err) }
    silent, err := net.Listen("tcp", "127.0.0.1:0")
    if err != nil { log.Fatal(err) }
    c, err := net.Dial("tcp", silent.Addr().String())
    if err != nil { log.Fatal(err) }
    c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
    if _, err := c.Read(make([]byte, 1)); !os.IsTimeout(err) { log.Fatal(err) }
    fmt.Println("all")
}

func main() { if os.Args[1] == "serve" { serve() } else { ask() } }
"""

C = """
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char** words) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8080)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    char text[6] = "hello";
    inet_pton(AF_INET, "10.7.0.1", &at.sin_addr);
    if (strcmp(words[1], "serve") != 0) {
        if (connect(s, (struct sockaddr*)&at, sizeof at) != 0) return 1;
        write(s, text, sizeof text);
        return read(s, text, sizeof text) == sizeof text && puts(text) > 0 ? 0 : 2;
    }
    if (bind(s, (struct sockaddr*)&at, sizeof at) != 0 || listen(s, 5) != 0) return 3;
    puts("ready");
    fflush(stdout);
    for (;;) {
        int c = accept(s, NULL, NULL);
        write(c, text, read(c, text, sizeof text));
        close(c);
    }
}
"""


class Runtimes(Servers):
    """A server, a client near to it, and one behind losses and delays."""

    HOSTS = {**Servers.HOSTS, "far": ("--ip", "10.7.0.3/16", *servers.WEATHER)}

    def ready(self, *words):
        self.start("server", *words).wait_for("ready")

    def clients(self, *words):
        clients = [self.start(host, *words) for host in ("client", "far")]
        return [self.said(client) for client in clients]


@needs("node")
class Node(Runtimes):
    def test_http(self):
        self.ready(tool("node"), "-e", NODE_HTTP)
        self.assertEqual(self.clients(tool("node"), "-e", NODE_ASKS), ["all\n"] * 2)
        self.assertEqual(self.client("node", "-e", NODE_REFUSED), "ECONNREFUSED\n")

    def test_datagrams(self):
        self.ready(tool("node"), "-e", NODE_DATAGRAMS)
        self.assertEqual(self.clients(tool("node"), "-e", NODE_SENDS),
                         [f"datagram from 10.7.0.{i}\n" for i in (2, 3)])


class NodeOfAnOrdinaryUser(servers.OfAnOrdinaryUser, Node):
    pass


@needs("java")
class Java(Runtimes):
    def test_channels_sockets_and_datagrams(self):
        source = self.write("Echo.java", JAVA)
        self.ready(tool("java"), source, "serve")
        self.assertEqual(self.clients(tool("java"), source, "ask"), ["true\nrefused\n1 7\n"] * 2)


class Built(Runtimes):
    """A program without libraries, which is built once for all its tests."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="handfast-")
        cls.addClassCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        cls.program = os.path.join(folder, "program")
        source = os.path.join(folder, f"program.{cls.LANGUAGE}")
        with open(source, "w") as file:
            file.write(cls.SOURCE)
        subprocess.run([*cls.BUILD, "-o", cls.program, source], check=True, cwd=folder,
                       env={**os.environ, "CGO_ENABLED": "0", "GOCACHE": os.path.join(folder, "cache")})

    def test_server_and_client(self):
        self.ready(self.program, "serve")
        self.assertEqual(self.clients(self.program, "ask"), [self.EXPECTED] * 2)


@needs("go")
class Go(Built):
    LANGUAGE, SOURCE, EXPECTED = "go", GO, "all\n"
    BUILD = (tool("go"), "build")


@needs("gcc")
class C(Built):
    LANGUAGE, SOURCE, EXPECTED = "c", C, "hello\n"
    BUILD = (tool("gcc"), "-static", "-w")


class COfAnOrdinaryUser(servers.OfAnOrdinaryUser, C):
    pass


del Built
del Runtimes


if __name__ == "__main__":
    network.main()
