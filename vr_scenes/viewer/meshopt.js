// The decoder of EXT_meshopt_compression, in a chunk of its own: only scenes with packed models fetch it.

export { MeshoptDecoder } from "meshoptimizer/decoder";
