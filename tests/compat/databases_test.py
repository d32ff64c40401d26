"""PostgreSQL with its own clients."""

import os
import signal

import network
import servers
from servers import Servers, needs, tool


@needs("initdb", "postgres", "psql", "pgbench")
class PostgreSql(Servers):
    def setUp(self):
        super().setUp()
        if os.geteuid() == 0:
            os.chown(self.work, network.NOBODY, network.NOBODY)
        data = self.path("data")
        made = self.start("server", *self.ordinary(tool("initdb"), "--no-sync", "-A", "trust", "-U", "postgres", data))
        self.said(made)
        with open(os.path.join(data, "pg_hba.conf"), "a") as file:
            file.write("host all all 10.7.0.0/16 trust\n")
        server = self.start("server", *self.ordinary(tool("postgres"), "-D", data, "-k", self.work, "-F",
                                                     "-h", f"{self.ADDRESS},127.0.0.1"))
        server.wait_for("ready to accept connections")

    def sql(self, text, host="client", address=Servers.ADDRESS):
        return self.client("psql", "-X", "-A", "-t", "-h", address, "-U", "postgres", "-c", text, host=host).strip()

    def test_answers_and_loads_and_is_told_to_stop_a_query(self):
        self.assertEqual(self.sql("select sum(i) from generate_series(1, 100000) i"), "5000050000")
        self.assertEqual(self.sql("select 1", "server", "127.0.0.1"), "1")
        self.assertEqual(len(self.sql("select repeat('x', 100000)")), 100_000)
        bench = (tool("pgbench"), "-h", self.ADDRESS, "-U", "postgres")
        self.said(self.start("client", *bench, "-i", "-I", "dtGvp", "-q", "postgres"))
        said = self.said(self.start("client", *bench, "-n", "-c", "4", "-j", "2", "-t", "10", "postgres"))
        self.assertIn("number of transactions actually processed: 40/40", said)
        # By a second connection that says which one is to stop.
        slow = self.start("client", tool("psql"), "-X", "-h", self.ADDRESS, "-U", "postgres",
                          "-c", "select 'awake', pg_sleep(100)")
        while self.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") != "1":
            pass
        os.kill(slow.process.pid, signal.SIGINT)
        self.assertIn("canceling statement", slow.text(1)[1])


class PostgreSqlInWeather(servers.InWeather, PostgreSql):
    pass


class PostgreSqlOfAnOrdinaryUser(servers.OfAnOrdinaryUser, PostgreSql):
    pass


if __name__ == "__main__":
    network.main()
