// Requests to the server that the page came from, and to no other.

import type { ImageState, Person } from "./types";

export class ApiError extends Error {
  constructor(message: string, readonly status: number, readonly code: string, readonly state?: ImageState) {
    super(message);
  }
}

let csrf = "";
let lost: () => void = () => {};

export function setPerson(person: Person | null): void { csrf = person ? person.csrf : ""; }
// What to do where the session has ended.
export function onLost(what: () => void): void { lost = what; }

async function answer(response: Response): Promise<any> {
  const text = await response.text();
  let json: any = {};
  try { json = JSON.parse(text); } catch { /* a proxy's page: the status tells enough */ }
  if (response.ok) return json;
  if (response.status === 401 && json.code === "login") lost();
  throw new ApiError(json.error ?? `the server answered ${response.status}`, response.status,
                     json.code ?? "unknown", json.state);
}

const url = (path: string): string => `/api/v1/${path}`;

export async function get(path: string): Promise<any> {
  return answer(await fetch(url(path), { credentials: "same-origin" }));
}

export async function post(path: string, body: unknown, keepalive = false): Promise<any> {
  return answer(await fetch(url(path), {
    method: "POST", credentials: "same-origin", keepalive, body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-Paucal-CSRF": csrf },
  }));
}

export const tileUrl = (image: number, level: number, x: number, y: number): string =>
  url(`images/${image}/tile/${level}/${x}/${y}`);
export const thumbUrl = (image: number, side: number): string => url(`images/${image}/thumb?s=${side}`);
export const heatUrl = (image: number): string => url(`images/${image}/heat`);

export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return "the server cannot be reached";
  return String(error);
}
