#!/usr/bin/env node
// The peer: runs an ONNX file in ONNX Runtime on the CPU and prints one JSON object.
//
//   npm install --ignore-scripts onnxruntime-node        # anywhere outside this repository
//   ONNXRUNTIME_NODE_PATH=…/node_modules/onnxruntime-node node bench/onnxruntime.mjs net.onnx \
//     --shape 1,3,224,224 --threads 1 --rounds 50
//
// --shape     of the first input; repeated: of the next ones      --type f32|i64|u8 likewise
// --input     raw little-endian file of an input's numbers (repeated like --shape); else random
// --dump      writes the numbers of the first output, raw
// --expect    raw file of what the first output should be: prints the largest difference
// --batch     replaces the first number of every shape
// --optimise  all (default), extended, basic or disabled
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const arrays = { f32: Float32Array, i64: BigInt64Array, u8: Uint8Array };
const names = { f32: 'float32', i64: 'int64', u8: 'uint8' };

function options(argv) {
  const result = { shape: [], type: [], input: [], threads: '1', rounds: '20', optimise: 'all' };
  for (let i = 0; i < argv.length; ++i) {
    if (!argv[i].startsWith('--')) {
      result.file = argv[i];
      continue;
    }
    const key = argv[i].slice(2);
    const value = argv[++i];
    if (!['shape', 'type', 'input', 'threads', 'rounds', 'optimise', 'batch', 'dump', 'expect'].includes(key) ||
        value === undefined)
      throw new Error(`unknown option --${key}, or no value for it`);
    if (Array.isArray(result[key])) result[key].push(value);
    else result[key] = value;
  }
  if (!result.file || result.shape.length === 0)
    throw new Error('usage: onnxruntime.mjs FILE.onnx --shape 1,3,224,224 [--threads 1] …');
  return result;
}

function random(count, array) {
  let state = 1;  // a linear congruential generator: the same numbers in every run
  return array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return array === Float32Array ? state / 2 ** 31 - 1 : array === BigInt64Array ? 0n : state >>> 24;
  });
}

function tensor(ort, given, i) {
  const dims = given.shape[i].split(',').map(Number);
  if (given.batch) dims[0] = Number(given.batch);
  const type = given.type[i] ?? 'f32';
  const count = dims.reduce((a, b) => a * b, 1);
  if (!given.input[i]) return new ort.Tensor(names[type], random(count, arrays[type]), dims);
  const bytes = new Uint8Array(readFileSync(given.input[i]));
  return new ort.Tensor(names[type], new arrays[type](bytes.buffer, 0, count), dims);
}

const given = options(process.argv.slice(2));
const require = createRequire(import.meta.url);
const ort = require(process.env.ONNXRUNTIME_NODE_PATH ?? 'onnxruntime-node');
const begin = performance.now();
const session = await ort.InferenceSession.create(given.file, {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(given.threads),
  interOpNumThreads: 1,
  graphOptimizationLevel: given.optimise,
});
const load = performance.now() - begin;
const feeds = {};
given.shape.forEach((_, i) => (feeds[session.inputNames[i]] = tensor(ort, given, i)));

let outputs = await session.run(feeds);  // the first run allocates
if (given.dump) {
  const data = outputs[session.outputNames[0]].data;
  writeFileSync(given.dump, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
let difference;
if (given.expect) {
  const got = outputs[session.outputNames[0]].data;
  const bytes = new Uint8Array(readFileSync(given.expect));
  const expected = new Float32Array(bytes.buffer, 0, bytes.length / 4);
  if (got.length !== expected.length)
    throw new Error(`${got.length} numbers, expected ${expected.length}`);
  difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i])), 0);
}
const times = [];
for (let round = 0; round < Number(given.rounds); ++round) {
  const start = performance.now();
  outputs = await session.run(feeds);
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({
  runtime: `onnxruntime-node ${ort.env?.versions?.node ?? ''}`.trim(),
  file: given.file,
  threads: Number(given.threads),
  shapes: Object.values(feeds).map((feed) => feed.dims),
  output: outputs[session.outputNames[0]].dims,
  max_difference: difference,
  load_ms: load,
  median_ms: times[Math.floor(times.length / 2)] ?? null,
  min_ms: times[0] ?? null,
  rounds: times.length,
}));
