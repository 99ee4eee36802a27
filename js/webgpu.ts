// The GPU lane, a script of its own that a worker imports when `device` asks for it.
export { openLane } from './webgpu/lane.js';
