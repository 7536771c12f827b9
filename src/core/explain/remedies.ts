/**
 * What to change. Also what happened, if that takes more than a line in the table of causes. The sentences name the
 * settings of the usual proxies.
 */

export const STRIPPED = 'A prefix was taken off the path after it was signed.';
export const KEEP_PREFIX =
  'Set the option pathPrefix to this prefix, or have the proxy pass the path on as it is ' +
  '(nginx: nothing behind the address in proxy_pass, not even a slash; Ingress: no rewrite-target; ' +
  'Kong: strip_path false; Envoy: no prefix_rewrite; Spring Cloud Gateway: no StripPrefix).';

export const ADDED_BY_OPTION = 'The path was signed as it came: no proxy took the prefix of the option pathPrefix off.';
export const REMOVE_OPTION = 'Remove the option pathPrefix, or have a proxy take the prefix off every path.';

export const ADDED = 'A prefix was put before the path after it was signed.';
export const ADD_NO_PREFIX =
  'Have the proxy pass the path on as it is (nginx: no path behind the address in proxy_pass; Ingress: no ' +
  'rewrite-target; Envoy: no prefix_rewrite; Spring Cloud Gateway: no PrefixPath), ' +
  'or give the gateway the path with the prefix.';

export const WAS_DECODED = (part: string) =>
  `The ${part} was decoded after it was signed, or the signer encodes it twice.`;
export const WAS_ENCODED = (part: string) =>
  `The ${part} was encoded once more after it was signed, or the signer does not encode it.`;
export const PASS_ON_URI =
  'Have the proxy pass it on as it came (nginx: $request_uri in place of $uri), or the signer encode it once.';

export const PASS_ON_TARGET =
  'Have the proxy pass path and query on as they came (nginx: no rewrite; Ingress: no rewrite-target; ' +
  'Envoy: no regex_rewrite, merge_slashes false; Spring Cloud Gateway: no RewritePath, no AddRequestParameter).';

export const OPEN_ENDED = 'The signer left out the slash at the end of the canonical URI.';
export const END_WITH_SLASH =
  'Have the signer add a slash to the canonical URI where there is none: the URL itself stays as it is.';

export const SORT_QUERY =
  'Have the signer encode names and values, then sort by name and by value, as texts and never as numbers, ' +
  'and write a= for a name without a value.';
export const PLUS_REREAD =
  'The signer reads "+" in the query in another way than the server, or a hop wrote %2B or %20 as "+".';
export const ESCAPE_PLUS =
  'Have the caller write %20 for a space and %2B for a plus, and hops pass the query on as it came. Set plusInQuery only ' +
  'if the signer reads "+" so and the handler does too.';

export const KEEP_METHOD =
  'Have the signer sign the method in capitals, and caches and proxies pass it on as it came ' +
  '(nginx: proxy_cache_convert_head off; Varnish: return (pass)).';

export const PASS_ON_HOST =
  'Have the proxy pass Host on as it came (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On; ' +
  'Ingress: no upstream-vhost; Kong: preserve_host true; Envoy: no host_rewrite_literal; ' +
  'Spring Cloud Gateway: PreserveHostHeader).';

export const RETYPED = 'Content-Type was written in another way after it was signed, or another one was signed.';
export const KEEP_CONTENT_TYPE =
  'Have the client set the whole Content-Type, charset included, before it signs, and nothing on the way rewrite it; ' +
  'or take content-type out of the signed headers.';

export const LEAVE_ALONE =
  'Take this header out of the signed headers in the gateway, or have the proxy leave it alone ' +
  '(nginx: no proxy_set_header for it; Spring Cloud Gateway: no AddRequestHeader; Kong: no request-transformer).';

export const KEEP_BLANKS =
  'Have the signer take blanks off the ends of a value only: runs of blanks inside it are signed as they are.';

export const UNSIGN_AUTHORIZATION = 'Take authorization out of the signed headers.';

const HASH_WHAT_IS_SENT = 'Have the signer hash the bytes that it sends';
export const SIGN_BYTES = `${HASH_WHAT_IS_SENT}.`;
export const SIGN_NO_OBJECT = `${HASH_WHAT_IS_SENT}, and nothing where there is no body.`;
export const SIGN_BYTES_LAST =
  `${HASH_WHAT_IS_SENT}: write the body once, sign that text, send that text. ` +
  'Have proxies leave bodies alone (Kong: no request-transformer; Spring Cloud Gateway: no ModifyRequestBody).';
export const LOWER = 'Have the signer write the hash in small letters.';

export const UNDECLARED = 'The signer put UNSIGNED-PAYLOAD, or what X-Sdk-Content-Sha256 says, in place of the hash.';
export const DECLARE_PAYLOAD =
  'Have the signer send X-Sdk-Content-Sha256 and name it among the signed headers, or hash the body.';

export const ENDS_DIFFER = 'The secrets differ by a line break, a blank or quotes at the ends.';
export const TRIM_SECRETS = 'Take them off there.';
export const COMPARE_KEYS = 'Compare key and secret in the gateway with those here.';
export const SIGN_UTC = 'X-Sdk-Date is UTC everywhere: have the signer format it so, Z included.';
