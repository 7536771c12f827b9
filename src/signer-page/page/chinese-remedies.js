/** @import { REMEDIES } from './refusal-remedies.js' */

/**
 * What to look at when a request is refused with this code, in Chinese.
 *
 * @type {typeof REMEDIES}
 */
export const CHINESE_REMEDIES = {
  AUTHORIZATION_MISSING: '签名方与后端之间有环节去掉了 Authorization 请求头，或者请求没有签名',
  AUTHORIZATION_MALFORMED: '另有环节写入了 Authorization 请求头，或添加了第二个',
  KEY_UNKNOWN: 'key 的名称：后端必须持有它，并在此路由上允许它',
  SIGNED_HEADER_MISSING: '代理去掉了该请求头：不要签名它，或让代理保留它',
  SIGNED_HEADER_REPEATED: '该请求头被发送了多次，或由代理重复添加：不要签名它',
  HEADER_NOT_SIGNED: '后端要求签名该请求头：把它加入签名的请求头',
  DATE_MISSING: '签名的请求头中必须有 x-sdk-date',
  DATE_MALFORMED: 'X-Sdk-Date 请求头必须形如 20260115T093045Z，使用 UTC',
  SIGNATURE_EXPIRED: '两台机器的时钟，或签名的时间：有效期为 15 分钟',
  TARGET_AMBIGUOUS: '路径和查询：错误的百分号转义、%2F、被转义的字母、# 或超过 1,000 个参数',
  SIGNATURE_MISMATCH: "secret、被代理去掉的路径前缀、被改写的 Host；后端的选项 explain: 'response' 会指出原因",
  BODY_HASH_MISMATCH: '写入 X-Sdk-Content-Sha256 之后请求体被改动，或该请求头不是请求体的哈希',
  UNSIGNED_PAYLOAD: '此路由要求签名请求体：网关签名不超过 12 MiB 的请求体',
  REPLAYED: '同一请求在一秒内发送了两次，或被再次发送：请重新签名',
  BODY_TOO_LARGE: '请求体的大小，以及后端的限制',
  HELD_BYTES_EXCEEDED: '同时有过多的大请求体：减少并发，或提高后端的限制',
  KEYS_UNAVAILABLE: '后端的密钥来源没有应答：请查看后端日志',
  REPLAY_STORE_UNAVAILABLE: '后端的防重放存储（Redis）没有应答：请查看后端日志',
  BODY_NOT_CAPTURED: '后端自身的配置：在守卫之前有环节读取了请求体；请查看后端日志',
};
