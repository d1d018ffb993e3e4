(* What a certificate file is written with (src/prove/certificate.cpp), and where one fails. No reals. *)
From Coq Require Import ZArith NArith List PrimInt63.
From Coq.Strings Require Import Byte.
From Pullback Require Export Syntax Print.Bytes Print.Pack Autodiff.Network Optim.Optimizer
  Certificate.Certificate Certificate.GradientFunction Certificate.Conditions.
From Pullback Require Import Print.Difference.
Import ListNotations.

(* An argument and an instruction of a network. *)
Definition argument (n : literal) (t : ty) : name * ty := (bytes_of n, t).
Definition node (o : op) (args : list positive) (n : literal) : op * list positive * name :=
  (o, args, bytes_of n).
Arguments argument n%text t.
Arguments node o args n%text.

(* Why a text is not the step's. *)
Inductive diagnosis :=
| refused (why : refusal)
| differs (line : N) (proven given : literal)
| same.
Definition diagnose_text (why : option refusal) (text : option (list byte)) (words : list (list int))
  : diagnosis :=
  match why, text with
  | Some r, _ => refused r
  | None, Some t =>
      match first_difference t (unpack words) with
      | Some (line, proven, given) => differs line proven given
      | None => same
      end
  | None, None => refused unprintable
  end.
Definition diagnose (n : network) (o : optimizer) : list (list int) -> diagnosis :=
  diagnose_text (refusal_of n o) (step_text n o).
(* Of a function's text and of its gradient function's. *)
Definition diagnose_function (n : network) (order : list positive) : list (list int) -> diagnosis :=
  diagnose_text (gradient_refusal n order) (function_text n order).
Definition diagnose_gradient (n : network) (order : list positive) : list (list int) -> diagnosis :=
  diagnose_text (gradient_refusal n order) (gradient_text n order).
