import socket
sk = socket.socket(type=socket.SOCK_DGRAM)
host_addr = ('127.0.0.1',8898)
sk.sendto(b'ni hao server',host_addr)
recv_data,addr = sk.recvfrom(1024)
print(recv_data)
sk.close()
