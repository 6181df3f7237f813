// swift-tools-version: 6.1
import PackageDescription

/// Targets in the order of the data flow; arrows run one way only (see ARCHITECTURE.md).
let package = Package(
  name: "layered",
  products: [
    .executable(name: "layered", targets: ["layered"]),
    .library(name: "Layered", targets: ["ImageCodecs", "LayerDecomposition", "Raster"]),
    // Opened at run time by whatever uses tensors; it has to lie beside the program.
    .library(name: "LibTorchBackend", type: .dynamic, targets: ["LibTorchBackend"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Imaging: pixels in memory and picture files. Knows no tensor.
    .target(name: "Raster", path: "Sources/Imaging/Raster"),
    .systemLibrary(
      name: "PictureLibraries", path: "Sources/Imaging/PictureLibraries",
      pkgConfig: "layered-pictures"),
    .target(
      name: "CImageCodecs", dependencies: ["PictureLibraries"], path: "Sources/Imaging/CImageCodecs"
    ),
    .target(
      name: "ImageCodecs", dependencies: ["CImageCodecs", "Raster"],
      path: "Sources/Imaging/ImageCodecs"),

    // Storage: outputs that appear whole or not at all, and inputs that nobody vouches for.
    .target(name: "AtomicFiles", path: "Sources/Storage/AtomicFiles"),
    .target(name: "OneLine", path: "Sources/Storage/OneLine"),
    .target(
      name: "RegularFiles", dependencies: ["OneLine"], path: "Sources/Storage/RegularFiles"),
    .target(name: "StrictJSON", path: "Sources/Storage/StrictJSON"),
    .target(name: "CDigests", path: "Sources/Storage/CDigests"),
    .target(name: "Digests", dependencies: ["CDigests"], path: "Sources/Storage/Digests"),
    .target(
      name: "Settings",
      dependencies: ["OneLine", "RegularFiles", .product(name: "Yams", package: "Yams")],
      path: "Sources/Storage/Settings"),

    // Tensors: libtorch behind a C interface, typed operators, weights, layers.
    .systemLibrary(name: "LibTorch", path: "Sources/Tensors/LibTorch", pkgConfig: "libtorch"),
    .target(name: "CTorch", path: "Sources/Tensors/CTorch"),
    .target(
      name: "TorchKernels", dependencies: ["LibTorch"], path: "Sources/Tensors/TorchKernels"),
    .target(
      name: "LibTorchBackend", dependencies: ["CTorch", "LibTorch", "TorchKernels"],
      path: "Sources/Tensors/LibTorchBackend"),
    .target(name: "Torch", dependencies: ["CTorch"], path: "Sources/Tensors/Torch"),
    .target(
      name: "Safetensors",
      dependencies: ["AtomicFiles", "Digests", "RegularFiles", "StrictJSON"],
      path: "Sources/Tensors/Safetensors"),
    .target(
      name: "Weights",
      dependencies: ["OneLine", "RegularFiles", "Safetensors", "StrictJSON", "Torch"],
      path: "Sources/Tensors/Weights"),
    .target(name: "TorchNN", dependencies: ["Torch", "Weights"], path: "Sources/Tensors/TorchNN"),
    .target(name: "TorchOptim", dependencies: ["Torch"], path: "Sources/Tensors/TorchOptim"),
    .target(name: "CProcessGroups", path: "Sources/Tensors/CProcessGroups"),
    .target(
      name: "ProcessGroups", dependencies: ["CProcessGroups", "OneLine", "Torch", "TorchOptim"],
      path: "Sources/Tensors/ProcessGroups"),

    // Models: one target per network; none imports another.
    .target(
      name: "Tokenizers", dependencies: ["RegularFiles", "StrictJSON"],
      path: "Sources/Models/Tokenizers"),
    .target(
      name: "TextEncoder", dependencies: ["Raster", "Tokenizers", "Torch", "TorchNN", "Weights"],
      path: "Sources/Models/TextEncoder"),
    .target(
      name: "Autoencoder", dependencies: ["Torch", "TorchNN", "Weights"],
      path: "Sources/Models/Autoencoder"),
    .target(
      name: "DiffusionTransformer", dependencies: ["Diffusion", "Torch", "TorchNN", "Weights"],
      path: "Sources/Models/DiffusionTransformer"),

    // Pipeline: a picture in, a layer stack out.
    .target(
      name: "Diffusion", dependencies: ["Raster", "Torch"], path: "Sources/Pipeline/Diffusion"),
    .target(
      name: "Checkpoints",
      dependencies: [
        "AtomicFiles", "Autoencoder", "Diffusion", "DiffusionTransformer", "Digests", "OneLine",
        "Safetensors", "TextEncoder", "Tokenizers", "Torch", "Weights",
      ],
      path: "Sources/Pipeline/Checkpoints"),
    .target(
      name: "LayerDecomposition",
      dependencies: [
        "Autoencoder", "Checkpoints", "Diffusion", "DiffusionTransformer", "Raster", "TextEncoder",
        "Tokenizers", "Torch", "Weights",
      ],
      path: "Sources/Pipeline/LayerDecomposition"),

    // Documents: file formats with layers. Knows no tensor.
    .target(name: "ByteIO", path: "Sources/Documents/ByteIO"),
    .target(
      name: "DocumentModel", dependencies: ["Raster"], path: "Sources/Documents/DocumentModel"),
    .systemLibrary(
      name: "ZLibrary", path: "Sources/Documents/ZLibrary", pkgConfig: "layered-pictures"),
    .target(name: "Deflate", dependencies: ["ZLibrary"], path: "Sources/Documents/Deflate"),
    .target(
      name: "ZipArchive", dependencies: ["ByteIO", "Deflate"], path: "Sources/Documents/ZipArchive"),
    .target(
      name: "Compositing", dependencies: ["DocumentModel", "Raster"],
      path: "Sources/Documents/Compositing"),
    .target(
      name: "Editing", dependencies: ["DocumentModel", "Raster"],
      path: "Sources/Documents/Editing"),
    .target(
      name: "PSD",
      dependencies: [
        "ByteIO", "CImageCodecs", "Compositing", "Deflate", "DocumentModel", "ImageCodecs",
        "Raster",
      ],
      path: "Sources/Documents/PSD"),
    .target(name: "StrictXML", dependencies: ["ByteIO"], path: "Sources/Documents/StrictXML"),
    .target(
      name: "OpenRaster",
      dependencies: [
        "ByteIO", "Compositing", "DocumentModel", "ImageCodecs", "Raster", "StrictXML",
        "ZipArchive",
      ],
      path: "Sources/Documents/OpenRaster"),
    .target(
      name: "PPTX",
      dependencies: [
        "Compositing", "DocumentModel", "ImageCodecs", "Raster", "StrictXML", "ZipArchive",
      ],
      path: "Sources/Documents/PPTX"),
    .target(
      name: "LayerFiles",
      dependencies: [
        "AtomicFiles", "ByteIO", "Compositing", "DocumentModel", "ImageCodecs", "Raster",
        "RegularFiles", "StrictJSON", "ZipArchive",
      ],
      path: "Sources/Documents/LayerFiles"),
    .target(
      name: "DocumentFormats",
      dependencies: [
        "AtomicFiles", "Compositing", "DocumentModel", "ImageCodecs", "LayerFiles", "OneLine",
        "OpenRaster",
        "PPTX",
        "PSD", "Raster", "RegularFiles",
      ],
      path: "Sources/Documents/DocumentFormats"),

    // Learning: what models learn from, and what tells how well they did.
    .target(
      name: "Shards",
      dependencies: [
        "AtomicFiles", "Deflate", "Digests", "ImageCodecs", "OneLine", "Raster", "RegularFiles",
        "StrictJSON",
      ],
      path: "Sources/Learning/Shards"),
    .target(
      name: "Assets",
      dependencies: [
        "Deflate", "Digests", "ImageCodecs", "OneLine", "Raster", "RegularFiles", "Shards",
        "StrictJSON",
      ],
      path: "Sources/Learning/Assets"),
    .target(
      name: "CAssetDrawing", path: "Sources/Learning/CAssetDrawing",
      linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "AssetDrawing",
      dependencies: [
        "Assets", "CAssetDrawing", "Digests", "ImageCodecs", "OneLine", "Raster", "RegularFiles",
      ],
      path: "Sources/Learning/AssetDrawing"),
    .target(
      name: "Composition",
      dependencies: ["Assets", "Digests", "ImageCodecs", "Raster", "Shards"],
      path: "Sources/Learning/Composition"),
    .target(
      name: "Datasets",
      dependencies: [
        "Assets", "AtomicFiles", "Composition", "Compositing", "Digests", "DocumentModel",
        "ImageCodecs", "OneLine", "PSD", "Raster", "RegularFiles", "Reports", "Shards",
        "StrictJSON",
      ],
      path: "Sources/Learning/Datasets"),
    .target(name: "Reports", dependencies: ["Raster"], path: "Sources/Learning/Reports"),
    .target(
      name: "Evaluation",
      dependencies: [
        "AtomicFiles", "ImageCodecs", "OneLine", "PerceptualMetrics", "Raster", "RegularFiles",
        "Reports", "Torch",
      ],
      path: "Sources/Learning/Evaluation"),
    .target(
      name: "PerceptualMetrics", dependencies: ["Torch", "Weights"],
      path: "Sources/Learning/PerceptualMetrics"),
    .target(
      name: "Training",
      dependencies: [
        "AtomicFiles", "Autoencoder", "Checkpoints", "Deflate", "Diffusion", "DiffusionTransformer",
        "Digests", "ImageCodecs", "LayerDecomposition", "OneLine", "PerceptualMetrics",
        "ProcessGroups", "Raster", "RegularFiles", "Reports", "Safetensors",
        "Settings", "Shards", "TextEncoder", "Tokenizers", "Torch", "TorchOptim", "Weights",
      ],
      path: "Sources/Learning/Training"),

    // Programs.
    .target(
      name: "Benchmarking",
      dependencies: [
        "Autoencoder", "Compositing", "Diffusion", "DiffusionTransformer", "DocumentModel", "PSD",
        "Raster", "RegularFiles", "TextEncoder", "Torch", "TorchNN", "Weights",
      ],
      path: "Sources/Programs/Benchmarking"),
    .executableTarget(
      name: "layered",
      dependencies: [
        "AssetDrawing", "Assets", "AtomicFiles", "Benchmarking", "Checkpoints", "Composition",
        "Compositing", "Datasets", "DocumentFormats", "DocumentModel", "Editing", "Evaluation",
        "ImageCodecs",
        "LayerDecomposition", "LayerFiles", "OneLine", "PerceptualMetrics", "ProcessGroups",
        "Raster", "RegularFiles", "Reports", "Safetensors", "Settings", "Shards", "TextEncoder",
        "Tokenizers", "Torch", "Training", "Weights",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Programs/layered"),

    // Testing.
    .target(name: "FileTesting", path: "Sources/Testing/FileTesting"),
    .target(name: "RasterTesting", path: "Sources/Testing/RasterTesting"),
    .target(
      name: "DocumentTesting", dependencies: ["Compositing", "DocumentModel", "Raster"],
      path: "Sources/Testing/DocumentTesting"),
    .target(
      name: "LearningTesting", dependencies: ["Assets", "ImageCodecs", "Raster", "Shards"],
      path: "Sources/Testing/LearningTesting"),
    .target(
      name: "TorchTesting", dependencies: ["Safetensors", "Torch", "Weights"],
      path: "Sources/Testing/TorchTesting"),
    .target(
      name: "ProcessGroupTesting", dependencies: ["ProcessGroups", "Torch", "TorchOptim"],
      path: "Sources/Testing/ProcessGroupTesting"),
    // One process of a group in a test: mpirun has to start a program, and test bundles are none.
    .executableTarget(
      name: "RankTrial", dependencies: ["ProcessGroupTesting", "ProcessGroups"],
      path: "Sources/Testing/RankTrial"),
    .testTarget(
      name: "RasterTests", dependencies: ["Raster", "RasterTesting"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ImageCodecsTests",
      dependencies: ["FileTesting", "ImageCodecs", "Raster", "RasterTesting"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "AtomicFilesTests", dependencies: ["AtomicFiles", "FileTesting"]),
    .testTarget(
      name: "ReportsTests", dependencies: ["Raster", "Reports"]),
    .testTarget(name: "RegularFilesTests", dependencies: ["FileTesting", "RegularFiles"]),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"]),
    .testTarget(name: "DigestsTests", dependencies: ["Digests"]),
    .testTarget(name: "ByteIOTests", dependencies: ["ByteIO"]),
    .testTarget(
      name: "PSDTests",
      dependencies: [
        "ByteIO", "Compositing", "DocumentModel", "ImageCodecs", "PSD", "Raster", "RasterTesting",
      ]),
    .testTarget(name: "TorchTests", dependencies: ["Torch"]),
    .testTarget(
      name: "TorchOptimTests", dependencies: ["Torch", "TorchOptim", "TorchTesting"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ProcessGroupsTests",
      dependencies: ["FileTesting", "ProcessGroups", "ProcessGroupTesting", "Torch", "TorchOptim"]),
    .testTarget(
      name: "SafetensorsTests",
      dependencies: ["AtomicFiles", "FileTesting", "Safetensors", "StrictJSON"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "WeightsTests",
      dependencies: ["FileTesting", "Safetensors", "Torch", "TorchNN", "TorchTesting", "Weights"]),
    .testTarget(
      name: "TokenizersTests", dependencies: ["Tokenizers"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "AutoencoderTests", dependencies: ["Autoencoder", "Torch", "TorchTesting", "Weights"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "TextEncoderTests", dependencies: ["TextEncoder", "TorchTesting"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DiffusionTransformerTests",
      dependencies: ["DiffusionTransformer", "FileTesting", "Safetensors", "TorchTesting"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DiffusionTests", dependencies: ["Diffusion", "TorchTesting"], exclude: ["Fixtures"]),
    .testTarget(name: "DocumentModelTests", dependencies: ["DocumentModel", "Raster"]),
    .testTarget(
      name: "CompositingTests", dependencies: ["Compositing", "DocumentModel", "Raster"]),
    .testTarget(
      name: "EditingTests",
      dependencies: ["Compositing", "DocumentModel", "Editing", "PSD", "Raster"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "DeflateTests", dependencies: ["Deflate"]),
    .testTarget(name: "ZipArchiveTests", dependencies: ["ByteIO", "ZipArchive"]),
    .testTarget(name: "StrictXMLTests", dependencies: ["ByteIO", "StrictXML"]),
    .testTarget(
      name: "OpenRasterTests",
      dependencies: [
        "ByteIO", "Compositing", "DocumentModel", "ImageCodecs", "OpenRaster", "Raster",
        "ZipArchive",
      ]),
    .testTarget(
      name: "PPTXTests",
      dependencies: [
        "ByteIO", "Compositing", "DocumentModel", "ImageCodecs", "PPTX", "Raster", "StrictXML",
        "ZipArchive",
      ]),
    .testTarget(
      name: "LayerFilesTests",
      dependencies: [
        "AtomicFiles", "ByteIO", "DocumentModel", "FileTesting", "ImageCodecs", "LayerFiles",
        "Raster", "RasterTesting", "ZipArchive",
      ]),
    .testTarget(
      name: "DocumentFormatsTests",
      dependencies: [
        "AtomicFiles", "DocumentFormats", "DocumentModel", "DocumentTesting", "FileTesting",
        "ImageCodecs", "LayerFiles", "Raster", "RasterTesting", "ZipArchive",
      ]),
    .testTarget(
      name: "ShardsTests",
      dependencies: ["Deflate", "Digests", "FileTesting", "ImageCodecs", "Raster", "Shards"]),
    .testTarget(name: "AssetsTests", dependencies: ["Assets", "LearningTesting", "Raster"]),
    .testTarget(
      name: "CompositionTests",
      dependencies: ["Assets", "Composition", "LearningTesting", "Raster", "Shards"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: [
        "Assets", "Compositing", "Composition", "Datasets", "DocumentModel", "FileTesting",
        "ImageCodecs", "LearningTesting", "PSD", "Raster", "RasterTesting", "Shards",
      ]),
    .testTarget(name: "BenchmarkingTests", dependencies: ["Benchmarking", "DiffusionTransformer"]),
    .testTarget(
      name: "CheckpointsTests",
      dependencies: ["Checkpoints", "FileTesting", "Safetensors", "TorchTesting"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "LayerDecompositionTests",
      dependencies: ["FileTesting", "LayerDecomposition", "TorchTesting"],
      exclude: ["Fixtures"]),
    .testTarget(name: "SettingsTests", dependencies: ["FileTesting", "Settings"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Checkpoints", "Diffusion", "DiffusionTransformer", "FileTesting", "LayerDecomposition",
        "Autoencoder", "LearningTesting", "Raster", "Safetensors", "Settings", "Shards", "Torch",
        "TorchOptim", "TorchTesting", "Training", "Weights",
      ], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "FileTesting", "ImageCodecs", "PerceptualMetrics", "Raster", "RasterTesting",
        "TorchTesting", "Weights",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "PerceptualMetricsTests",
      dependencies: [
        "ImageCodecs", "PerceptualMetrics", "RasterTesting", "Safetensors", "Torch",
        "TorchTesting", "Weights",
      ],
      exclude: ["Fixtures"]),
    // Starts the program that lies beside the tests.
    .testTarget(
      name: "layeredTests",
      dependencies: [
        "Checkpoints", "Compositing", "DocumentFormats", "DocumentModel", "DocumentTesting",
        "Editing", "FileTesting", "ImageCodecs", "LearningTesting", "PSD", "Raster", "Safetensors",
      ]),
  ],
  cxxLanguageStandard: .cxx17
)

// Mutated bytes for the readers, by libFuzzer: `make fuzz` sets the variable. No other build needs its runtime.
if Context.environment["LAYERED_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzzing",
      dependencies: [
        "Compositing", "DocumentModel", "ImageCodecs", "LayerFiles", "OpenRaster", "PSD",
        "Raster", "ZipArchive",
      ],
      path: "Fuzz", exclude: ["Seeds", "run.sh"]))
}
