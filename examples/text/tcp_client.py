import socket
sk = socket.socket(type=socket.SOCK_STREAM)
sk.connect(('192.168.21.253',8898))
send_msg = input('请输入发送的数据:')
sk.send(send_msg.encode())
recv_msg = sk.recv(1024)
print('接受到服务端的数据:',recv_msg)
sk.close()
