//! A small model of burn's, trained on the quickstart's photos, stopped in the middle of an epoch and resumed by a token: it sees the
//! batches, and ends with the loss, of a run that nobody stopped. `cargo run --example train_burn`.
//!
//! Each run is a process of its own, which writes down the keys of each batch and its loss; the one that is stopped leaves
//! behind its weights and the token.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use atdata::dataset::Token;
use atdata::ndarray::Array3;
use atdata::{Dataset, Packable, ShardWriter};
use atdata_burn::{PlanDataLoader, Stacked, tensor_data};
use burn::data::dataloader::DataLoader as _;
use burn::module::Module as _;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Tensor, s};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One labelled photograph, as in the quickstart.
#[derive(Packable)]
#[packable(version = "1.0.0")]
struct Photo {
    /// Pixels, red, green and blue.
    #[packable(shape = [224, 224, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    label: String,
    confidence: f64,
}

const PHOTOS: u16 = 1000;
const EPOCHS: u64 = 2;
const BATCH: u64 = 32;
/// Batches that the run does which is stopped: one epoch has 31.
const STOP: usize = 40;
const RATE: f64 = 0.002;

fn photo(number: u16) -> Photo {
    let [low, _] = number.to_le_bytes();
    Photo {
        image: Array3::from_elem((224, 224, 3), low),
        label: if number.is_multiple_of(3) { "dog" } else { "cat" }.to_owned(),
        confidence: f64::from(number) / f64::from(PHOTOS),
    }
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [folder, run, stop] = args.as_slice() {
        return train(Path::new(folder), run, stop.parse()?);
    }
    let folder = tempfile::tempdir()?;
    let mut writer =
        ShardWriter::builder(folder.path().join("photos-%06d.tar")).max_count(300).contents(true).build()?;
    for number in 0..PHOTOS {
        writer.write_with_key(&format!("{number:06}"), &photo(number))?;
    }
    writer.finish()?;

    let undisturbed = run(folder.path(), "undisturbed", usize::MAX)?;
    let stopped = run(folder.path(), "stopped", STOP)?;
    let resumed = run(folder.path(), "stopped", usize::MAX)?;
    println!("undisturbed: {} batches, the last loss is {}", undisturbed.len(), last_loss(&undisturbed));
    println!(
        "stopped after {} batches, in the middle of epoch 1; {} more after it was resumed",
        stopped.len(),
        resumed.len() - stopped.len()
    );
    println!("resumed:     {} batches, the last loss is {}", resumed.len(), last_loss(&resumed));
    if resumed != undisturbed {
        return Err("the batches or losses are others".into());
    }
    println!("all batches and losses are the same, to the last bit");
    Ok(())
}

/// One run in a process of its own: the lines of its log.
fn run(folder: &Path, name: &str, stop: usize) -> Result<Vec<String>> {
    let status = Command::new(std::env::current_exe()?).arg(folder).arg(name).arg(stop.to_string()).status()?;
    if !status.success() {
        return Err(format!("the run {name} failed").into());
    }
    Ok(fs::read_to_string(folder.join(name).with_extension("log"))?.lines().map(str::to_owned).collect())
}

fn last_loss(log: &[String]) -> &str {
    log.last().and_then(|line| line.split_once(' ')).map_or("none", |(loss, _)| loss)
}

/// Goes on where the run of that name stands, for at most so many batches.
fn train(folder: &Path, name: &str, stop: usize) -> Result<()> {
    let file = |ending: &str| folder.join(name).with_extension(ending);
    let device = Device::flex().autodiff();
    let photos = Dataset::<Photo>::open(folder.join("photos-{000000..000003}.tar").to_string_lossy().as_ref())?;
    let mut model = LinearConfig::new(7 * 7 * 3, 1).with_initializer(Initializer::Zeros).init(&device);
    let plan = photos.plan().seed(42).batch(BATCH).keys(true);
    let loader = match fs::read_to_string(file("token")) {
        Ok(token) => {
            model = model.try_load_file(file("weights"))?;
            PlanDataLoader::of_batches(plan.resume(&token.parse::<Token>()?), tensors, device)?
        }
        Err(_) => PlanDataLoader::of_batches(plan, tensors, device)?,
    };
    let mut log = OpenOptions::new().create(true).append(true).open(file("log"))?;
    let mut optimizer = SgdConfig::new().init();
    let mut steps = 0;
    loop {
        for batch in loader.iter().take(stop - steps) {
            let (keys, images, confidence) = batch?;
            let loss = loss_of(&model, images, confidence);
            writeln!(log, "{} {}", loss.clone().into_scalar::<f32>(), keys.join(","))?;
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            model = optimizer.step(RATE, model, gradients);
            steps += 1;
        }
        if steps == stop {
            model.save_file(file("weights"))?;
            File::create(file("token"))?.write_all(loader.token().to_json().as_bytes())?;
            return Ok(());
        }
        if loader.token().epoch() + 1 == EPOCHS {
            return Ok(());
        }
    }
}

/// Each 32nd pixel, from 0 to 1, and what is to be found.
fn tensors(step: Stacked<PhotoBatch>, device: &Device) -> (Vec<String>, Tensor<2>, Tensor<2>) {
    // No gradient goes back to the photos, so that they are bytes until they are small.
    let images =
        Tensor::<4, burn::tensor::Int>::from_data(tensor_data(step.batch.image), (device, burn::tensor::DType::U8));
    let images = images.slice(s![.., 0..;32, 0..;32, ..]).float() / 255.0;
    let rows = step.rows;
    let confidence = Tensor::<1>::from_data(step.batch.confidence.as_slice(), device);
    (step.keys, images.reshape([rows, 7 * 7 * 3]), confidence.reshape([rows, 1]))
}

fn loss_of(model: &Linear, images: Tensor<2>, confidence: Tensor<2>) -> Tensor<1> {
    MseLoss::new().forward(model.forward(images), confidence, Reduction::Mean)
}
