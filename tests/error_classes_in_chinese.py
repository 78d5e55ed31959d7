"""The sentences of the Chinese page of errors about the classes of errors, by the English sentences.

The English ones are in `publisher/errors.py`. If one of them changes, change it here too, with its Chinese one.
"""

DONE = "命令完成了要它做的事"
"""The meaning of exit code 0, for which there is no class."""

_PAIRS = """
a fault of the program or of this machine, for which there is no other class
程序或这台机器出了故障，没有别的类可以表示它

the configuration, an environment variable or the command line is wrong
配置、环境变量或命令行有错误

the program did not send a secret to a host that you have not confirmed
程序没有把机密发给你没有确认过的主机

`publish.toml` has faults, and the error lists all of them
`publish.toml` 里有错误，错误信息列出全部

articles, templates, links or files have faults, the error lists all of them, and nothing was published
文章、模板、链接或文件里有错误，错误信息列出全部，什么都没有发布

a store or another source of blocks failed, and `who` names it (a store by its label in `publish.toml`)
存储或区块的别的来源失败了，`who` 是它的名称（存储的名称是它在 `publish.toml` 里的标签）

the node or service did not answer, or not in time
节点或服务没有应答，或者没有及时应答

the node or service refused the request, because of its key, quota, version or content
节点或服务拒绝了请求，原因是请求的密钥、配额、版本或内容

the bytes hash to another CID, or a store reports another root
字节的哈希是另一个 CID，或者存储报告另一个根

a block is missing, and another store or gateway may have it
缺少一个区块，别的存储或网关可能有它

the name, the chain or the key is at fault
名字、链或私钥有问题

an end point of the chain, or a DNS server, does not answer or answers wrongly
链的端点或 DNS 服务器没有应答，或者应答有错误

the name cannot show a root: it does not exist, has no resolver, or its record cannot be set on this chain
名字不能指向根：它不存在，没有解析器，或者它的记录不能在这条链上改动

the DNSLink leads from name to name without end
DNSLink 从一个名字指向另一个名字，没有尽头

this key may not change the record, and the hint says which key may
这个私钥无权改动记录，hint 说明哪个私钥有权

another key changed the record during the run
运行期间，另一个私钥改动了记录

the change needs more than a limit of publish.toml allows, or more than the key holds
这次改动需要的费用或 gas 超过 publish.toml 里的上限，或者超过这个私钥的余额

the transaction was mined and reverted
交易已经上链，但被回滚

a store, a gateway or the chain returns bytes or a record that differ from the published ones
存储、网关或链给出的字节或记录与发布的不同

the journal, the cache or the list of hosts cannot be read or written
日志、缓存或主机列表不能读取或写入

nothing is wrong, but the work is not finished: a transaction, a pin or another run takes longer
没有出错，但工作还没有完成：一笔交易、一次固定或另一次运行还需要时间

Ctrl-C or SIGTERM stopped the run, and the next run continues the work
Ctrl-C 或 SIGTERM 停止了程序，下一次运行会继续

report this fault of the program
报告程序的这个故障

correct the configuration, the variable or the command line
改正配置、变量或命令行

confirm the host, or correct the address
确认主机，或者改正地址

correct each line that is named
改正列出的每一行

correct each article, template or link that is named
改正列出的每篇文章、每个模板或链接

look at the node or service
检查节点或服务

run again; then look whether the node runs
再运行一次；如果还不行，检查节点是否在运行

correct the key, the quota or the request
改正密钥、配额或请求

stop, and do not trust that node or service
停下来，不要相信那个节点或服务

name another store or gateway, or build again
写上另一个存储或网关，或者重新构建

look at the name
检查名字

run again, or name another end point
再运行一次，或者写上另一个端点

give the name a resolver, or use another name
给名字设置解析器，或者使用别的名字

correct the DNSLink record
改正 DNSLink 记录

sign with the key of the owner, or let the owner allow your key to change the record
用所有者的私钥签名，或者请所有者允许你的私钥改动记录

find out who changed the record, then run again
查明是谁改动了记录，再运行一次

wait, raise the limit, or send ether to the key
等待，提高上限，或者给私钥的账户转入以太币

correct the cause, then run again
消除原因，再运行一次

look at the store, gateway or sources that are named
检查列出的存储、网关或源文件

make room, or correct the owner of .publish/
腾出空间，或者改正 .publish/ 的所有者

run again later
过一会儿再运行

run again
再运行一次
"""

SENTENCES = dict(pair.split("\n") for pair in _PAIRS.strip().split("\n\n"))
"""English sentence -> Chinese sentence."""
