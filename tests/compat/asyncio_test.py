"""A thousand clients at once, of servers and clients of asyncio."""

import network
import servers
from servers import Servers

SERVER = """
import asyncio
async def serve(reader, writer):
    while line := await reader.readline(): writer.write(line[::-1])
    writer.close()
async def main():
    server = await asyncio.start_server(serve, '0.0.0.0', 8898, backlog=1024); ready(); await server.serve_forever()
asyncio.run(main())
"""

CLIENTS = """
import asyncio
async def ask(i, all_there):
    reader, writer = await asyncio.open_connection('10.7.0.1', 8898)
    await all_there.wait()
    for j in range(3): writer.write(b'%d %d\\n' % (i, j))
    writer.write_eof()
    right = await reader.read() == b''.join((b'%d %d\\n' % (i, j))[::-1] for j in range(3))
    writer.close(); await writer.wait_closed(); return right
async def main():
    all_there = asyncio.Barrier(1000)
    print(sum(await asyncio.gather(*(ask(i, all_there) for i in range(1000)))))
asyncio.run(main())
"""


class ThousandClients(Servers):
    def test_are_all_served(self):
        self.serve(SERVER)
        self.assertEqual(self.said(self.python("client", CLIENTS)).strip(), "1000")


class ThousandClientsInWeather(servers.InWeather, ThousandClients):
    pass


class ThousandClientsOfAnOrdinaryUser(servers.OfAnOrdinaryUser, ThousandClients):
    pass


if __name__ == "__main__":
    network.main()
