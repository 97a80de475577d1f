// What the API says (/api/v1; src/review/README.md), as far as the page reads it.

export type Role = "viewer" | "reviewer" | "arbiter" | "admin";
export type Verdict = "OK" | "NG";
export type Status = "open" | "done" | "unsure" | "disputed";

export interface Person { id: number; name: string; role: Role; session: string; csrf: string }

export interface ObjectClass { id: number; name: string; is_ok: boolean; key: string | null }

export interface Queue { id: number; name: string; purpose: string; total: number; open: number }

export interface Project { name: string; version: string; images: number; classes: ObjectClass[]; queues: Queue[] }

// Pixels of the original image: box [x, y, width, height], point [x, y], polygon [[x, y, x, y …] …].
export type Box = [number, number, number, number];
export type Geometry = number[] | number[][] | object;
export type Kind = "box" | "polygon" | "point" | "mask" | "span";

export interface Item { id: string; kind: Kind; class: number; geometry: Geometry;
                        state: "accepted" | "edited" | "rejected" | "drawn" }

export interface Proposal { id: string; kind: Kind; class: number; geometry: Geometry; score: number | null;
                            evidence: number | null; accepted_unseen: boolean }

export interface ImageState { id: number; version: number; status: Status; verdict: Verdict | null;
                              class: number | null; items: Item[] }

export interface ReviewImage extends ImageState {
  purpose: "review" | "blind";
  width: number | null; height: number | null;
  path?: string; label?: number | null; split?: string; part?: string;
  proposals: Proposal[];
  scores: { run: number; name: string; verdict: Verdict | null; probability: number | null }[];
}

// What a person says of an image. `item`: of one object.
export interface Said { action: string; item?: string; after?: Record<string, unknown> }

export interface ReviewEvent extends Said {
  client_seq: number; image: number; base_version: number; ms_active: number; ms_total: number; view?: string;
}

export interface EventAnswer { event?: number; version?: number; error?: string; code?: string; status?: number;
                               conflict?: boolean; state?: ImageState }

export interface ListedImage { id: number; version: number; status: Status; verdict: Verdict | null;
                               class: number | null; path?: string; label?: number | null; score?: number | null;
                               objects?: number }

export interface Preview { token: string; count: number; samples: { image: number; item: string; version: number }[] }
