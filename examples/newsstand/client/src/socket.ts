import { io, type Socket } from "socket.io-client";

export type Line = { nickname: string; message: string };
export type Refusal = { error: { code: string; message: string } };

type FromServer = {
  "previous messages": (lines: Line[]) => void;
  "chat message": (line: Line) => void;
};
type ToServer = {
  "chat message": (line: Line, done: (refusal?: Refusal) => void) => void;
};

// It connects when the panel has registered its handlers, so the history can't come too early.
export const socket: Socket<FromServer, ToServer> = io(`${import.meta.env.VITE_BACKEND_URL}/chat`, {
  autoConnect: false,
});
