// Asks an EdgeBox one question and prints the answer as it comes.
//   node examples/node/chat.js https://HOST:8443 CREDENTIALS_DIR "PROMPT"
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const [endpoint, directory, prompt] = process.argv.slice(2);
if (prompt === undefined) {
  console.error('usage: chat.js https://HOST:8443 CREDENTIALS_DIR PROMPT');
  process.exit(2);
}

// inference.proto needs only roles.proto, which is found below includeDirs, and google/protobuf, which the loader brings.
const definition = loader.loadSync('edgebox/v1/inference.proto', {
  includeDirs: [path.join(__dirname, '../../proto')],
  enums: String,
  oneofs: true,
});
const { InferenceService } = grpc.loadPackageDefinition(definition).edgebox.v1;
const refusals = protobuf.loadSync(path.join(__dirname, '../refusal.proto'));

// The directory is what `edgeboxctl access issue NAME --role client --out DIR` wrote: NAME.crt, NAME.key and ca.crt.
const read = (name) => fs.readFileSync(path.join(directory, name));
const certificate = fs.readdirSync(directory).find((name) => name.endsWith('.crt') && name !== 'ca.crt');
const credentials = grpc.credentials.createSsl(read('ca.crt'), read(certificate.replace(/crt$/, 'key')), read(certificate));
const client = new InferenceService(new URL(endpoint).host, credentials);

// Every refusal carries a reason to branch on, words for people, and facts.
function reason(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!bytes) return grpc.status[error.code];
  const status = refusals.lookupType('edgebox.examples.Status').decode(bytes);
  const info = status.details.find((detail) => detail.typeUrl.endsWith('/google.rpc.ErrorInfo'));
  return info ? refusals.lookupType('edgebox.examples.ErrorInfo').decode(info.value).reason : grpc.status[error.code];
}

// No model is named: the box takes the only one that is loaded. call.cancel() would stop the answer and free the box for others.
const call = client.chat({ messages: [{ role: 'CHAT_ROLE_USER', parts: [{ text: prompt }] }] });
call.on('data', ({ delta }) => {
  if (delta && delta.channel !== 'CHANNEL_REASONING') process.stdout.write(delta.text ?? '');
});
call.on('error', (error) => {
  console.error(`${reason(error)}: ${error.details}`);
  process.exitCode = 1;
});
call.on('status', ({ code }) => {
  if (code === grpc.status.OK) process.stdout.write('\n');
  client.close();
});
