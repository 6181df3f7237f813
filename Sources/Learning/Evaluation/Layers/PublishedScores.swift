/// The rows of the paper's table for Crello's test split, levels 0 to 5; lower L1 and higher IoU are better.
///
/// Source: arXiv 2512.15603, table 1 and the ablation table. The model's row is that of weights fine-tuned on Crello,
/// which were not released.
package struct PublishedScores: Sendable {
  package let method: String
  package let rgbL1: [Double]
  package let alphaSoftIoU: [Double]

  package static let crello = [
    PublishedScores(
      method: "VLM Base + Hi-SAM", rgbL1: [0.1197, 0.1029, 0.0892, 0.0807, 0.0755, 0.0726],
      alphaSoftIoU: [0.5596, 0.6302, 0.6860, 0.7222, 0.7465, 0.7589]),
    PublishedScores(
      method: "Yolo Base + Hi-SAM", rgbL1: [0.0962, 0.0833, 0.0710, 0.0630, 0.0592, 0.0579],
      alphaSoftIoU: [0.5697, 0.6537, 0.7169, 0.7567, 0.7811, 0.7897]),
    PublishedScores(
      method: "LayerD", rgbL1: [0.0709, 0.0541, 0.0457, 0.0419, 0.0403, 0.0396],
      alphaSoftIoU: [0.7520, 0.8111, 0.8435, 0.8564, 0.8622, 0.8650]),
    PublishedScores(
      method: "Qwen-Image-Layered-I2L",
      rgbL1: [0.0594, 0.0490, 0.0393, 0.0377, 0.0364, 0.0363],
      alphaSoftIoU: [0.8705, 0.8863, 0.9105, 0.9121, 0.9156, 0.9160]),
  ]
}
