#!/usr/bin/env node
// The peer of `paucal-edge serve`: what one writes oneself, a plain Node server that decodes a posted
// image with sharp (libvips) and runs the ONNX file of the same network in ONNX Runtime. It answers
// with the hottest value of the first map alone: neither boxes nor a calibrated verdict, and planes
// beyond the image's channels (input.local_contrast) stay 0.
//
//   npm install --ignore-scripts onnxruntime-node sharp        # anywhere outside this repository
//   PEER_MODULES=…/node_modules node bench/serve_peer.mjs net.onnx --channels 1 --port 8124 --threads 2
//
// --channels  of the decoded image: 1 or 3     --planes  of the network's input (--channels)
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const modules = createRequire(join(process.env.PEER_MODULES ?? '.', 'package.json'));
const load = (name) => modules(process.env.PEER_MODULES ? join(process.env.PEER_MODULES, name) : name);
const ort = load('onnxruntime-node');
const sharp = load('sharp');

const options = { channels: '1', port: '8124', threads: '2' };
for (let i = 3; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const channels = Number(options.channels);
const planes = Number(options.planes ?? channels);
const session = await ort.InferenceSession.create(process.argv[2], { intraOpNumThreads: Number(options.threads) });

async function tensorOf(body) {
  const image = sharp(body);
  const { data, info } = await (channels === 1 ? image.greyscale() : image.removeAlpha())
    .raw()
    .toBuffer({ resolveWithObject: true });
  const plane = info.width * info.height;
  let sum = 0, squares = 0;
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / data.length;
  const std = Math.max(4, Math.sqrt(squares / data.length - mean * mean));
  const values = new Float32Array(planes * plane);
  for (let c = 0; c < channels; ++c)
    for (let i = 0; i < plane; ++i) values[c * plane + i] = (data[i * info.channels + c] - mean) / std;
  return new ort.Tensor('float32', values, [1, planes, info.height, info.width]);
}

async function answer(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    const results = await session.run({ [session.inputNames[0]]: await tensorOf(Buffer.concat(parts)) });
    let hottest = -Infinity;
    for (const value of results[session.outputNames[0]].data) hottest = Math.max(hottest, value);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ hottest }));
  } catch (error) {
    response.writeHead(400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: String(error) }));
  }
}

createServer(answer).listen(Number(options.port), '127.0.0.1', () => console.error('ready'));
