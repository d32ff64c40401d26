import socket
sk = socket.socket(type=socket.SOCK_DGRAM)
sk.bind(('127.0.0.1',8898))
recv_data,addr = sk.recvfrom(1024)
recv_data = recv_data.decode()
print(recv_data,addr)
sk.sendto(b'nihao',addr)
sk.close()
