// SPDX-License-Identifier: Apache-2.0
import { ip, userName, word } from "./people.mjs";
import { ALNUM, BASE32, BASE64URL, HEX, Random, UPPER } from "./random.mjs";

/** Ordinary lines of many programs, full of numbers and identifiers, with nothing in them that must be hidden. */

const pad = (number, width = 2) => String(number).padStart(width, "0");
const clock = (r) => `${pad(r.below(24))}:${pad(r.below(60))}:${pad(r.below(60))}`;
const day = (r) => `2026-${pad(r.between(1, 12))}-${pad(r.between(1, 28))}`;
const iso = (r) => `${day(r)}T${clock(r)}.${r.digits(3)}Z`;
const uuid = (r) =>
  `${r.chars(HEX, 8)}-${r.chars(HEX, 4)}-4${r.chars(HEX, 3)}-${r.pick(["8", "9", "a", "b"])}${r.chars(HEX, 3)}-${r.chars(HEX, 12)}`;
const hex = (r, length) => r.chars(HEX, length);
const millis = (r) => String(1_700_000_000_000 + r.below(99_999_999_999));
const path = (r) => `/${word(r)}/${word(r)}/${r.between(1, 99999)}`;
const number = (r, digits) => `${r.between(1, 9)}${r.digits(digits - 1)}`;
const mac = (r) => Array.from({ length: 6 }, () => r.chars(HEX, 2)).join(":");

const WEB = [
  (r) =>
    `${ip(r)} - - [${pad(r.between(1, 28))}/Nov/2026:${clock(r)} +0000] "GET ${path(r)}?page=${r.below(50)} HTTP/1.1" 200 ${r.below(99999)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
  (r) =>
    `${iso(r)} GET https://cdn.example.com/assets/${word(r)}.${hex(r, 8)}.js 304 etag="${hex(r, 32)}" ${r.below(900)}ms`,
  (r) =>
    `trace_id=${hex(r, 32)} span_id=${hex(r, 16)} method=POST path=${path(r)} status=201 duration_ns=${number(r, 9)}`,
  (r) =>
    `request ${uuid(r)} finished in ${r.below(900)}.${r.digits(3)}ms (db ${r.below(99)}ms, render ${r.below(99)}ms)`,
  (r) =>
    `{"ts":${millis(r)},"level":"info","msg":"order created","order_id":${number(r, 16)},"customer":${number(r, 9)},"total":${r.below(999)}.${r.digits(2)}}`,
  (r) =>
    `{"time":"${iso(r)}","traceId":"${hex(r, 32)}","spanId":"${hex(r, 16)}","msg":"cache miss","key":"user:${number(r, 7)}:profile"}`,
  (r) => `session started user=${number(r, 6)} device=${word(r)} build=${number(r, 10)} rev=${hex(r, 40)}`,
  (r) => `CSRF token missing or incorrect; request ${hex(r, 16)} denied for ${userName(r)}`,
  (r) => `invalid token: expired at ${iso(r)}, key id ${uuid(r)}`,
  (r) => `password reset requested for user ${number(r, 6)}; password policy: min length 12`,
];

const SYSTEM = [
  (r) =>
    `Nov ${r.between(10, 28)} ${clock(r)} host-${r.below(99)} sshd[${number(r, 5)}]: Failed password for invalid user ${userName(r)} from ${ip(r)} port ${number(r, 5)} ssh2`,
  (r) =>
    `Nov ${r.between(10, 28)} ${clock(r)} kernel: [${number(r, 6)}.${r.digits(6)}] eth0: link up, ${mac(r)}, mtu 1500`,
  (r) =>
    `kernel: audit: type=1400 audit(${number(r, 10)}.${r.digits(3)}:${number(r, 4)}): apparmor="DENIED" pid=${number(r, 5)}`,
  (r) => `systemd[1]: Started Session ${number(r, 4)} of user ${userName(r)}.`,
  (r) => `CPU${r.below(9)}: Core temperature above threshold (total events = ${number(r, 8)})`,
  (r) => `BIOS-e820: [mem 0x${hex(r, 16)}-0x${hex(r, 16)}] usable`,
  (r) =>
    `usb 1-${r.below(9)}: New USB device found, idVendor=${hex(r, 4)}, idProduct=${hex(r, 4)}, SerialNumber=${r.chars(UPPER, 4)}${r.digits(12)}`,
  (r) =>
    `-rw-r--r-- 1 root root ${number(r, 9)} Nov ${r.between(10, 28)} ${pad(r.below(24))}:${pad(r.below(60))} backup-${day(r)}-${number(r, 6)}.tar.gz`,
  (r) => `wlan0: authenticated with ${mac(r)} (rssi -${r.between(30, 90)} dBm)`,
  (r) => `eth1 inet6 fe80::${hex(r, 4)}:${hex(r, 4)}:fe${hex(r, 2)}:${hex(r, 4)}/64 scope link`,
];

const DATA = [
  (r) =>
    `${r.digits(6)} ${r.digits(6)} ${number(r, 3)} INFO dfs.DataNode$PacketResponder: Received block blk_-${number(r, 19)} of size ${number(r, 8)} from /${ip(r)}`,
  (r) =>
    `${r.digits(6)} ${r.digits(6)} ${number(r, 2)} INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: blockMap updated: ${ip(r)}:50010 is added to blk_${number(r, 19)} size ${number(r, 8)}`,
  (r) =>
    `- ${number(r, 10)} 2005.06.${pad(r.between(1, 28))} R${pad(r.below(99))}-M0-N${r.below(9)}-C:J12-U11 RAS KERNEL INFO ${r.below(99)} ddr errors(s) detected and corrected on rank 0, symbol ${r.below(99)}, bit ${r.below(9)}`,
  (r) =>
    `${number(r, 10)} node-${number(r, 3)} temp=${r.below(99)}.${r.digits(2)} fan=${number(r, 4)} counter=${number(r, 12)} crc=0x${hex(r, 8)}`,
  (r) =>
    `${day(r)} ${clock(r)},${r.digits(3)} INFO  [main:QuorumPeer@${number(r, 3)}] - zxid: 0x${hex(r, 12)} sessionid 0x${hex(r, 15)}`,
  (r) =>
    `nova.osapi_compute.wsgi.server [req-${uuid(r)} ${hex(r, 32)} ${hex(r, 32)} - - -] ${ip(r)} "GET /v2/${hex(r, 32)}/servers/detail HTTP/1.1" status: 200 len: ${number(r, 4)} time: 0.${r.digits(7)}`,
  (r) =>
    `${day(r)} ${clock(r)}.${r.digits(3)} UTC [${number(r, 5)}] LOG:  checkpoint complete: wrote ${number(r, 4)} buffers (${r.below(99)}.${r.below(9)}%); lsn=0/${hex(r, 8).toUpperCase()}`,
  (r) =>
    `duration: ${r.below(99)}.${r.digits(3)} ms  statement: SELECT id, total FROM orders WHERE id = ${number(r, 11)} AND created > '${day(r)}'`,
  (r) =>
    `http_request_duration_seconds_bucket{le="0.${r.digits(2)}",route="${path(r)}"} ${number(r, 9)} ${millis(r)}`,
  (r) =>
    `kafka: partition orders-${r.below(99)} offset ${number(r, 11)} lag ${number(r, 6)} leader epoch ${r.below(99)} ts ${millis(r)}`,
  (r) =>
    `${number(r, 9)},${number(r, 10)},${number(r, 11)},${r.below(99)}.${r.digits(4)},${day(r)},${word(r)}`,
  (r) =>
    `shipment ${r.pick(["1Z", "JD", "RR"])}${r.digits(16)} parcel ${number(r, 12)} weight ${r.below(99)}.${r.digits(2)}kg ean ${number(r, 13)}`,
  (r) =>
    `invoice ${number(r, 10)} ref ${r.chars(UPPER, 2)}${r.digits(8)} sku ${r.chars(UPPER, 3)}-${r.digits(5)} qty ${r.below(99)} isbn 978${r.digits(10)}`,
  (r) => `snowflake id ${number(r, 18)} shard ${r.below(99)} seq ${number(r, 4)} tweet ${number(r, 19)}`,
];

const BUILD = [
  (r) => `docker: sha256:${hex(r, 64)}: Pull complete (${number(r, 8)} bytes)`,
  (r) => `commit ${hex(r, 40)} (tag: v${r.below(9)}.${r.below(99)}.${r.below(99)}) merged into main`,
  (r) =>
    `npm http fetch GET 200 https://registry.example.com/@scope%2f${word(r)} ${number(r, 3)}ms (cache hit) integrity sha512-${r.chars(`${ALNUM}+/`, 86)}==`,
  (r) =>
    `    at ${word(r)}.${word(r)} (/srv/app/node_modules/${word(r)}/dist/${word(r)}.js:${number(r, 4)}:${r.below(99)})`,
  (r) =>
    `\tat com.example.${word(r)}.${word(r)}Service$$EnhancerBySpringCGLIB$$${hex(r, 8)}.call(<generated>)`,
  (r) => `goroutine ${number(r, 6)} [IO wait]: internal/poll.runtime_pollWait(0x${hex(r, 12)}, 0x72)`,
  (r) =>
    `  File "/usr/lib/python3.11/site-packages/${word(r)}/${word(r)}.py", line ${number(r, 3)}, in ${word(r)}`,
  (r) =>
    `pod/${word(r)}-${hex(r, 10)}-${r.chars("bcdfghjklmnpqrstvwxz2456789", 5)} Scheduled on ip-10-${r.below(99)}-${r.below(99)}-${r.below(99)}.eu-west-1.compute.internal`,
  (r) =>
    `arn:aws:s3:::bucket-${word(r)}/${day(r)}/${uuid(r)}.parquet ${number(r, 10)} bytes versionId=${r.chars(ALNUM, 32)}`,
  (r) => `test ${word(r)}_${word(r)} ... ok (${r.below(9)}.${r.digits(6)}s) seed=${number(r, 10)}`,
  (r) => `Content-Type: multipart/form-data; boundary=----WebKitFormBoundary${r.chars(ALNUM, 16)}`,
  (r) => `data:image/png;base64,iVBORw0KGgo${r.chars(`${ALNUM}+/`, 120)}==`,
  (r) => `terraform: aws_instance.${word(r)}: Creation complete after ${r.below(99)}s [id=i-0${hex(r, 16)}]`,
  (r) => `X-Request-Id: ${r.chars(BASE64URL, 22).replace(/-/g, "x")} X-Amz-Cf-Id: ${r.chars(ALNUM, 54)}==`,
  (r) => `job ${r.chars(BASE32, 26)} retried ${r.below(9)} times, next at ${number(r, 10)}`,
];

const PROSE = [
  (r) =>
    `user ${userName(r)} changed the password; the new password must be confirmed within ${r.below(24)} hours`,
  (r) => `card declined for order ${number(r, 8)}: insufficient funds (code ${number(r, 2)})`,
  (r) => `phone verification skipped for user ${number(r, 6)}, address incomplete`,
  (r) => `the secret santa list has ${r.below(99)} names; pin the message to the board`,
  (r) => `token bucket refilled: ${number(r, 4)} tokens, ${number(r, 3)} in use`,
  (r) => `email delivery delayed ${r.below(99)} minutes, queue id ${r.chars(HEX.toUpperCase(), 11)}`,
  (r) => `API key rotated by ${userName(r)}, old key stays valid until ${day(r)}`,
  (r) =>
    `tax report ${number(r, 4)} for quarter ${r.between(1, 4)} has ${number(r, 6)} rows in ${number(r, 3)} files`,
  (r) => `medicare export finished: ${number(r, 5)} records, ${number(r, 8)} bytes, checksum ${hex(r, 8)}`,
  (r) =>
    `bank holiday: routing of ${number(r, 5)} messages paused, account sync resumes ${day(r)} ${clock(r)}`,
  (r) =>
    `mit freundlichen Grüßen, Ticket ${number(r, 7)} wurde am ${pad(r.between(1, 28))}.${pad(r.between(1, 12))}.2026 geschlossen`,
  (r) => `commande n° ${number(r, 9)} expédiée, référence ${r.chars(UPPER, 2)}${r.digits(6)}`,
];

const ALL = [...WEB, ...SYSTEM, ...DATA, ...BUILD, ...PROSE];

/** Lines of `bytes` bytes in all, each program in turn. */
export function benignLines(seed, bytes) {
  const lines = [];
  for (let size = 0, i = 0; size < bytes; i++) {
    const line = ALL[i % ALL.length](new Random(`${seed}/benign/${i}`));
    lines.push(line);
    size += line.length + 1;
  }
  return lines;
}
