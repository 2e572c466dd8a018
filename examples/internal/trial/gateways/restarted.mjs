// The list of rooms outlives the program.
import { connect } from "../client.mjs";

const room = connect("/room");
await room.got(["rooms", ["모란 \"방\" <b>", "둘"]]);
room.close();
