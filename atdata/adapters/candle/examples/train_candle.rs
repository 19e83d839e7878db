//! A small model of candle's, trained on the quickstart's photos, stopped in the middle of an epoch and resumed by a token: it sees
//! the batches, and ends with the loss, of a run that nobody stopped. `cargo run --example train_candle`.
//!
//! Each run is a process of its own, which writes down the keys of each batch and its loss; the one that is stopped leaves
//! behind its weights and the token.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use atdata::dataset::{PlanBuilder, Token};
use atdata::ndarray::Array3;
use atdata::{Dataset, Packable, ShardWriter};
use atdata_candle::tensors;
use candle_core::{DType, Device, Tensor};
use candle_nn::{Init, Linear, Module as _, Optimizer as _, SGD, VarBuilder, VarMap, loss};

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
fn train(folder: &Path, name: &str, limit: usize) -> Result<()> {
    let file = |ending: &str| folder.join(name).with_extension(ending);
    let photos = Dataset::<Photo>::open(folder.join("photos-{000000..000003}.tar").to_string_lossy().as_ref())?;
    let mut weights = VarMap::new();
    let variables = VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu);
    let weight = variables.get_with_hints((1, 7 * 7 * 3), "weight", Init::Const(0.0))?;
    let bias = variables.get_with_hints(1, "bias", Init::Const(0.0))?;
    let model = Linear::new(weight, Some(bias));
    let mut optimizer = SGD::new(weights.all_vars(), RATE)?;
    let mut token = match fs::read_to_string(file("token")) {
        Ok(token) => {
            weights.load(file("weights"))?;
            Some(token.parse::<Token>()?)
        }
        Err(_) => None,
    };
    let mut log = OpenOptions::new().create(true).append(true).open(file("log"))?;
    let mut steps = 0;
    loop {
        let plan = photos.plan().seed(42).batch(BATCH).keys(true);
        let plan = token.iter().fold(plan, PlanBuilder::resume);
        let mut loader = plan.load()?;
        for step in loader.by_ref().take(limit - steps) {
            let step = step?;
            let (image, confidence) = tensors!(step.batch, &Device::Cpu; image, confidence)?;
            let loss = loss_of(&model, &image, &confidence)?;
            writeln!(log, "{} {}", loss.to_scalar::<f32>()?, step.keys.join(","))?;
            optimizer.backward_step(&loss)?;
            steps += 1;
        }
        let stands = loader.token()?;
        if steps == limit {
            weights.save(file("weights"))?;
            File::create(file("token"))?.write_all(stands.to_json().as_bytes())?;
            return Ok(());
        }
        if stands.epoch() + 1 == EPOCHS {
            return Ok(());
        }
        token = Some(stands.next_epoch());
    }
}

/// Of each 32nd pixel, from 0 to 1, and what is to be found.
fn loss_of(model: &Linear, image: &Tensor, confidence: &Tensor) -> candle_core::Result<Tensor> {
    let every = Tensor::arange_step(0_u32, 224, 32, &Device::Cpu)?;
    let pixels = image.index_select(&every, 1)?.index_select(&every, 2)?.flatten_from(1)?;
    let pixels = pixels.to_dtype(DType::F32)?.affine(1.0 / 255.0, 0.0)?;
    let expected = confidence.to_dtype(DType::F32)?.unsqueeze(1)?;
    loss::mse(&model.forward(&pixels)?, &expected)
}
