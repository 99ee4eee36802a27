/** Where the map's unit square stands on the canvas, in CSS pixels: screen = offset + scale × place. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** All that a picture of the points depends on. */
export interface Frame {
  readonly view: View;
  /** Of the canvas, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
  /** Of a point, in CSS pixels. */
  readonly diameter: number;
  /** The only family to show in full; −1 for all. */
  readonly chosen: number;
}

/** The points themselves. */
export interface Dots {
  /** Two numbers from 0 to 1 for each. */
  readonly places: Float32Array;
  /** Three bytes for each. */
  readonly colours: Uint8Array;
  /** A number for each. */
  readonly families: Uint8Array;
}

const VERTEX = `#version 300 es
in vec2 place;
in vec3 colour;
in float family;
uniform vec3 view;      // offset x, y and scale, in CSS pixels
uniform vec2 size;      // of the canvas, in CSS pixels
uniform float diameter; // of a point, in device pixels
uniform float chosen;   // the only family to show in full; -1 for all
out vec4 tint;
void main() {
  vec2 at = (view.xy + view.z * place) / size;
  gl_Position = vec4(2.0 * at.x - 1.0, 1.0 - 2.0 * at.y, 0.0, 1.0);
  bool faded = chosen >= 0.0 && family != chosen;
  gl_PointSize = diameter * (faded ? 0.8 : 1.0);
  tint = vec4(colour, faded ? 0.08 : 0.8);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 tint;
out vec4 result;
void main() {
  float far = length(gl_PointCoord - 0.5);
  float alpha = tint.a * (1.0 - smoothstep(0.35, 0.5, far));
  result = vec4(tint.rgb * alpha, alpha);
}`;

/** Tens of thousands of dots, drawn by WebGL 2 in one call. */
export class Points {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #gl: WebGL2RenderingContext;
  #count = 0;
  #program: WebGLProgram | undefined;
  #uniforms: Record<string, WebGLUniformLocation | null> | undefined;
  #data: Dots | undefined;
  #frame: Frame | undefined;

  private constructor(canvas: HTMLCanvasElement | OffscreenCanvas, gl: WebGL2RenderingContext) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#prepare();
  }

  /** Undefined where the browser has no WebGL 2. */
  static on(canvas: HTMLCanvasElement | OffscreenCanvas): Points | undefined {
    const gl = canvas.getContext('webgl2', { antialias: false, depth: false, alpha: true });
    if (!(gl instanceof WebGL2RenderingContext)) return undefined;
    const points = new Points(canvas, gl);
    canvas.addEventListener('webglcontextlost', (event) => event.preventDefault());
    canvas.addEventListener('webglcontextrestored', () => {
      points.#prepare();
      if (points.#data) points.set(points.#data);
      if (points.#frame) points.draw(points.#frame);
    });
    return points;
  }

  set(dots: Dots): void {
    this.#data = dots;
    this.#count = dots.families.length;
    const gl = this.#gl;
    this.#fill(0, dots.places, 2, gl.FLOAT, false);
    this.#fill(1, dots.colours, 3, gl.UNSIGNED_BYTE, true);
    this.#fill(2, dots.families, 1, gl.UNSIGNED_BYTE, false);
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    const gl = this.#gl;
    const { view, ratio, chosen, diameter } = frame;
    const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    // Asked for when they are needed: until then the shaders are compiled beside this thread.
    const uniforms = (this.#uniforms ??= Object.fromEntries(
      ['view', 'size', 'diameter', 'chosen'].map((name) => [
        name,
        gl.getUniformLocation(this.#program!, name),
      ]),
    ));
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform3f(uniforms.view!, view.x, view.y, view.scale);
    gl.uniform2f(uniforms.size!, frame.width, frame.height);
    gl.uniform1f(uniforms.diameter!, diameter * ratio);
    gl.uniform1f(uniforms.chosen!, chosen);
    gl.drawArrays(gl.POINTS, 0, this.#count);
  }

  #prepare(): void {
    const gl = this.#gl;
    const program = gl.createProgram()!;
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(type)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    for (const [at, name] of ['place', 'colour', 'family'].entries())
      gl.bindAttribLocation(program, at, name);
    gl.linkProgram(program);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#program = program;
    this.#uniforms = undefined;
  }

  #fill(
    at: number,
    values: Float32Array | Uint8Array,
    size: number,
    type: number,
    normalized: boolean,
  ): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, normalized, 0, 0);
  }
}
