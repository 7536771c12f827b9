const SECRET = `The secret:
      --key NAME             the name of the signing key; not needed if APIG_SIGNATURE_KEYS holds one key
      --secret-file FILE     a file that holds the secret
      --secret SECRET        the secret itself: everybody on this machine can read it (ps), and shells keep it
      --env-file FILE        a file of variables, such as the server's .env; those of the environment come first
Without --secret-file and --secret, it is the variable APIG_SECRET, or else the first secret of the key in
APIG_SIGNATURE_KEYS ('{"key":"secret"}', as the server has it) or in the file that APIG_SIGNATURE_KEYS_FILE names.
`;

/** The output of `--help`: for the command itself, and for each of its subcommands. */
export const HELP = {
  sign: `Usage: apig-sign gateway --to URL   a gateway on your desk: signs what browsers, Postman and curl send
       apig-sign [FLAGS] URL       signs one request, and prints the curl command that sends it
       apig-sign explain [FILE]    tells why the signature of a request does not match
       apig-sign gateway --help, apig-sign explain --help

Signs a request as API Gateway (SDK-HMAC-SHA256) does, and prints the curl command that sends it. The command is valid
for 15 minutes. Its Authorization header holds a signature, never the secret. What a browser gives for "Copy as cURL"
can be pasted after apig-sign.

The request, as curl takes it:
  -X, --request METHOD       GET if not given, or POST if there is a body
  -H, --header 'Name: value' a header; 'Name;' is an empty one, 'Name:' one that curl should not send
  -A, --user-agent NAME      the header User-Agent
  -b, --cookie 'name=value'  the header Cookie
  -d, --data DATA            a body; of @FILE without its line breaks; several are joined by &
      --data-raw DATA        a body, also if it begins with @
      --data-binary @FILE    a file as it is; curl reads it again when the command is run; @- is standard input
      --data-urlencode DATA  a body of a form: name=value, whose value is encoded; name@FILE
      --json '{"n":1}'       a body of JSON, with its headers; --json without JSON after it: see below
  -G, --get                  put the data into the query
  -s, --silent   -S, --show-error   -i, --include   -v, --verbose   -k, --insecure   --compressed
                             are passed on to curl

The signature:
      --signed-headers 'a;b' what to sign, x-sdk-date among it; not given: Host and every header above
      --path-prefix /api     sign this before the path: a proxy takes it off before the server
      --date DATE            X-Sdk-Date, such as 20260115T093045Z; not given: now
      --unsigned-payload     leave the body out of the signature

What is printed:
      --shell posix          a command for sh, bash and zsh; or for powershell, or for cmd
      --json                 canonicalRequest, stringToSign, authorization and headers instead
      --help, --version

${SECRET}
  export APIG_SECRET="$(cat secret.txt)"
  apig-sign --key signature_key1 http://127.0.0.1:3000/42
  apig-sign --key signature_key1 -H 'Content-Type: application/json' -d '{"n":1}' http://127.0.0.1:3000/42
  apig-sign --key signature_key1 -X PUT --data-binary @photo.jpg 'http://127.0.0.1:3000/photos/1?size=full' | sh
  apig-sign --key signature_key1 --secret-file <(cat secret.txt) --json http://127.0.0.1:3000/42
`,
  gateway: `Usage: apig-sign gateway --to URL [FLAGS]

A reverse proxy for your own machine. It signs each request as API Gateway (SDK-HMAC-SHA256) does, and sends it to the
backend. So a browser, Postman, Swagger's "Try it out", k6 and plain curl reach a backend that accepts signed requests
only. It prints a line for each request, and for a refusal its code and what to look at. Ctrl+C ends it.

      --to URL               the backend: http://127.0.0.1:3000
      --listen HOST:PORT     where to listen; not given: 127.0.0.1:8787. Everyone who reaches it is signed.
      --signed-headers 'a;b' what to sign, where a request has it; not given: host;x-sdk-date
      --path-prefix /api     sign this before the path, and send the path without it, as a proxy does that takes it off
      --preserve-host        send the client's Host; not given: the one of --to
      --ca FILE              certificates (PEM) of the authority that a backend under https is certified by
      --allow-host NAME      answer requests for this host too; not given: loopback names, and that of --listen
      --allow-origin ORIGIN  let web pages of this origin use the gateway too; not given: its own pages only
      --json                 print a JSON object for each request
      --quiet                print no lines for requests
      --help, --version

A body of up to 12 MiB is signed. A longer one is sent as UNSIGNED-PAYLOAD.

${SECRET}
  export APIG_SECRET="$(cat secret.txt)"
  apig-sign gateway --to http://127.0.0.1:3000 --key signature_key1
  apig-sign gateway --to http://127.0.0.1:3000 --env-file .env
`,
  explain: `Usage: apig-sign explain [FLAGS] [FILE]

Tells why the signature of a request does not match. FILE, or standard input, is one of these:
  - the request as the server saw it, as HTTP text: request line, headers, an empty line, body
  - a canonical request with | for its line breaks, as the gateway's error APIG.0303 has it (that error is about APP
    authentication)
  - what curl -v writes, a HAR file of a browser, or access log lines with "$http_authorization" in them
Exits with 1 if a signature does not match, with 0 if all match.
      --canonical TEXT       the gateway's canonical request (or @FILE), to compare a whole request with
      --path-prefix /api     the server's option pathPrefix: a proxy took this prefix off the path
      --authorization VALUE  the Authorization header that belongs to a canonical request
      --json                 print a JSON object
      --help, --version

${SECRET}
  apig-sign explain request.txt
  apig-sign explain --canonical 'GET|/42/||host:a.example|x-sdk-date:20260115T093045Z||host;x-sdk-date|e3b0...' request.txt
`,
} as const;
