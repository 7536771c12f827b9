/** What `--help` prints. */
export const HELP = `Usage: apig-sign [FLAGS] URL
       apig-sign explain [FLAGS] < REQUEST

Signs a request as API Gateway (SDK-HMAC-SHA256) does, and prints the curl command that sends it: good for 15 minutes,
in sh, bash and zsh. The Authorization header in it holds a signature, never the secret.

The request, as curl takes it:
  -X, --request METHOD       GET if not given, or POST if there is a body
  -H, --header 'Name: value' a header; 'Name;' is an empty one, 'Name:' one that curl should not send
  -d, --data DATA            a body; of @FILE without its line breaks; several are joined by &
      --data-raw DATA        a body, also if it begins with @
      --data-binary @FILE    a file as it is; curl reads it again when the command is run; @- is standard input

The signature:
      --key NAME             the signing key's name; not needed if APIG_SIGNATURE_KEYS holds one key
      --secret-file FILE     a file with the secret in it
      --secret SECRET        the secret
      --signed-headers 'a;b' what to sign, x-sdk-date among it; not given: Host and every header above
      --date DATE            X-Sdk-Date, such as 20260115T093045Z; not given: now
      --unsigned-payload     leave the body out of the signature
      --json                 print canonicalRequest, stringToSign, authorization and headers instead

      --help, --version

The secret is that of --secret-file or --secret, else of the variable APIG_SECRET, else the key's first one in
APIG_SIGNATURE_KEYS ('{"key":"secret"}', as the server has it). Everybody on a machine can read a command line (ps), and
shells keep it in their history: rather use a variable or a file than --secret.

  export APIG_SECRET="$(cat secret.txt)"
  apig-sign --key signature_key1 http://127.0.0.1:3000/42
  apig-sign --key signature_key1 -H 'Content-Type: application/json' -d '{"n":1}' http://127.0.0.1:3000/42
  apig-sign --key signature_key1 -X PUT --data-binary @photo.jpg http://127.0.0.1:3000/photos/1?size=full | sh
  apig-sign --key signature_key1 --secret-file <(pass show apig) --json http://127.0.0.1:3000/42

apig-sign explain tells why a request's signature does not match. Standard input is the request as the server saw it
(HTTP text: request line, headers, empty line, body), or a canonical request with | for its line breaks, as the gateway
has it in its log and its error message. Exits with 1 if the signature does not match, with 0 if it does.
      --canonical TEXT       the gateway's canonical request (or @FILE), to compare a whole request with
      --authorization VALUE  the Authorization header that belongs to a canonical request on standard input

  apig-sign explain < request.txt
  apig-sign explain --canonical 'GET|/42/||host:a.example|x-sdk-date:20260115T093045Z||host;x-sdk-date|e3b0...' < request.txt
`;
