#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""moment.py DIR MEGABYTES - packets and system calls of one moment: DIR/packets.pcap, DIR/calls.scap.

Two threads talk over the loopback of a network of their own (unshare -n before), in small pieces and
over many connections; tcpdump sees the packets, the recorder the calls. Root only.
"""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

PIECE = 1000
ROUNDS = 50  # of one connection, a piece and its answer each


def serve(listener, connections):
    for _ in range(connections):
        peer, _ = listener.accept()
        while piece := peer.recv(4096):
            peer.sendall(piece[::-1])
        peer.close()


def talk(megabytes):
    connections = megabytes * 1000000 // (ROUNDS * 2 * (PIECE + 66))
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    server = threading.Thread(target=serve, args=(listener, connections))
    server.start()
    for _ in range(connections):
        peer = socket.create_connection(listener.getsockname())
        for _ in range(ROUNDS):
            peer.sendall(os.urandom(PIECE))
            left = PIECE
            while left > 0:
                left -= len(peer.recv(left))
        peer.close()
    server.join()


def record(folder, megabytes):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    packets = subprocess.Popen(["tcpdump", "-i", "lo", "-B", "65536", "--nano", "-s", "0", "-w",
                                f"{folder}/packets.pcap"], stderr=subprocess.PIPE)
    packets.stderr.readline()  # it listens
    time.sleep(0.5)
    subprocess.run(["scapfmt", "record", "-q", "-o", f"{folder}/calls.scap", "--", sys.executable,
                    __file__, "talk", megabytes], check=True)
    time.sleep(1)
    packets.send_signal(signal.SIGINT)
    packets.wait()


if sys.argv[1] == "talk":
    talk(int(sys.argv[2]))
else:
    record(sys.argv[1], sys.argv[2])
