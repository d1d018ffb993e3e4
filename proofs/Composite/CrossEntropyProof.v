(* Softmax cross-entropy is differentiable in logits and labels, and its VJP is its adjoint. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Coquelicot Require Import Coquelicot.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve
  Ops.Gather Ops.Pointwise Composite.Group Composite.Line Composite.SoftmaxGroup Composite.SoftmaxProof.
Import ListNotations.
Open Scope R_scope.

(* Logits and labels are floating-point [rows, classes] with at least one class. *)
Theorem softmax_cross_entropy_typed ats rt : infer SoftmaxCrossEntropy ats = Some rt ->
  exists e rows classes, ats = [(e, [rows; classes]); (e, [rows; classes])] /\ rt = (e, [rows]) /\
    is_float e = true /\ (1 <= classes)%Z.
Proof.
  cbn [infer]. unfold infer_softmax_cross_entropy. intros H. typing H. do 3 eexists. repeat split; auto. lia.
Qed.

Section Rows.
Variables (rows classes : Z).
Hypothesis nonempty : (1 <= classes)%Z.
Notation s := [rows; classes].
Notation G := (group_of s 1).
(* the first index of row n, and the row of an index *)
Definition row_start (n : idx) : idx := n ++ [0%Z].
Lemma row_of_start n : inb [rows] n = true -> inb s (row_start n) = true /\ off_axis s 1 (row_start n) = n.
Proof.
  destruct n as [|k [|]]; simpl; try (rewrite andb_false_r; discriminate); try discriminate.
  intros H. rewrite andb_true_r in H. rewrite H. split; auto. simpl.
  rewrite (proj2 (Z.ltb_lt 0 classes)) by lia. auto.
Qed.
Lemma row_of_inb i : inb s i = true -> inb [rows] (off_axis s 1 i) = true.
Proof. apply (inb_off_axis s 1). Qed.

(* Summing rows and copying to rows are adjoint: <dy, row sums of f> = <dy on every row, f>. *)
Lemma row_sum_adjoint (dy f : tensor) :
  dotp [rows] dy (fun n => G f (row_start n)) = dotp s (fun i => dy (off_axis s 1 i)) f.
Proof.
  rewrite (dotp_comm s), (copy_adjoint s [rows] (off_axis s 1) f dy row_of_inb), dotp_comm.
  apply dotp_ext; auto. intros n Hn. destruct (row_of_start n Hn) as [_ E].
  unfold group_sum, sum_over, linapp, same_group. rewrite E. auto.
Qed.

(* loss[n] = - sum_j labels[n, j] log_softmax(logits)[n, j] *)
Definition cross_entropy (x l : tensor) : tensor :=
  fun n => - G (fun j => l j * log_softmax_of s 1 x j) (row_start n).
Lemma sem_cross_entropy x l n : inb [rows] n = true ->
  sem_softmax_cross_entropy Rscal s x l n = cross_entropy x l n.
Proof.
  intros Hn. destruct (row_of_start n Hn) as [Hi _]. unfold sem_softmax_cross_entropy, cross_entropy.
  fold (row_start n). cbn [sneg smul Rscal]. f_equal. rewrite line_group by (auto; cbn; lia).
  apply group_sum_ext; intros j Hj _. rewrite sem_log_softmax_group by (auto; cbn; lia). auto.
Qed.

(* dloss[n] = - sum_j (dl log_softmax(x) + l (dx - G(p dx)))[n, j] *)
Definition cross_entropy_jvp (x l dx dl : tensor) : tensor := fun n =>
  - G (fun j => dl j * log_softmax_of s 1 x j
                + l j * (dx j - G (fun k => softmax_of s 1 x k * dx k) j)) (row_start n).
Lemma Der_cross_entropy (x l : R -> tensor) dx dl n : inb [rows] n = true ->
  (forall j, Der (fun t => x t j) (dx j)) -> (forall j, Der (fun t => l t j) (dl j)) ->
  Der (fun t => cross_entropy (x t) (l t) n) (cross_entropy_jvp (x 0) (l 0) dx dl n).
Proof.
  intros Hn Dx Dl. unfold cross_entropy.
  apply (Der_opp (fun t => G (fun j => l t j * log_softmax_of s 1 (x t) j) (row_start n))).
  apply (Der_group_sum s (off_axis s 1) (fun t j => l t j * log_softmax_of s 1 (x t) j)). intros j Hj.
  apply product_rule; auto. apply Der_log_softmax; auto.
Qed.

(* With ct = dy on every row:  d.x = (p G(l) - l) ct,  d.l = - log_softmax(x) ct. *)
Lemma cross_entropy_adjoint (x l dx dl dy : tensor) :
  let ct := fun i => dy (off_axis s 1 i) in
  dotp [rows] dy (cross_entropy_jvp x l dx dl)
  = dotp s (fun i => (softmax_of s 1 x i * G l i - l i) * ct i) dx
    + dotp s (fun i => - log_softmax_of s 1 x i * ct i) dl.
Proof.
  intros ct. set (p := softmax_of s 1 x).
  transitivity (dotp s (fun i => - ct i) (fun j => dl j * log_softmax_of s 1 x j
                                          + l j * (dx j - G (fun k => p k * dx k) j))).
  - unfold ct. rewrite (dotp_opp_l s (fun i => dy (off_axis s 1 i))), <- row_sum_adjoint, <- dotp_opp_l.
    apply sum_ext; intros n _. unfold cross_entropy_jvp. fold p. lra.
  - rewrite dotp_plus_r, Rplus_comm. f_equal.
    + rewrite log_softmax_adjoint. apply dotp_ext; auto. intros i _.
      rewrite (group_sum_scal_r s (off_axis s 1) (fun i => - ct i)).
      * lra.
      * unfold ct. intros j ->. auto.
    + apply sum_ext; intros; lra.
Qed.
End Rows.

Definition jvp_softmax_cross_entropy : jvp_fun := fun ats _ vs ds =>
  match map snd ats, vs, ds with
  | [rows; classes] :: _, [x; l], [dx; dl] => cross_entropy_jvp rows classes x l dx dl
  | _, _, _ => tz
  end.
Theorem softmax_cross_entropy_deriv : deriv_spec SoftmaxCrossEntropy jvp_softmax_cross_entropy ok_softmax.
Proof.
  intros ats rt gs ds H F M _ n Hn.
  destruct (softmax_cross_entropy_typed _ _ H) as (e & rows & classes & -> & -> & Fe & C).
  destruct gs as [|g [|h [|]]], ds as [|dx [|dl [|]]]; simpl in M; try tauto. destruct M as (Mx & Ml & _).
  apply Der_ext with (f := fun t => cross_entropy rows classes (g t) (h t) n).
  - intros t. symmetry. apply sem_cross_entropy; auto.
  - exact (Der_cross_entropy rows classes g h dx dl n Hn (moves_float _ _ _ Mx) (moves_float _ _ _ Ml)).
Qed.

(* The template's two contributions. *)
Lemma logits_contribution t x l ct i : tfloat t = true -> rank (snd t) = 2%Z -> inb (snd t) i = true ->
  sem Rscal (Binary Multiply) [t; t] t
    [sem Rscal (Binary Subtract) [t; t] t
       [sem Rscal (Binary Multiply) [t; t] t
          [sem Rscal (Softmax 1) [t] t [x];
           sem Rscal (broadcast_line (snd t) 1) [line_ty t 1] t
             [sem Rscal (Reduce RAdd [1%Z]) [t] (line_ty t 1) [l]]];
        l]; ct] i
  = (softmax_of (snd t) 1 x i * group_of (snd t) 1 l i - l i) * ct i.
Proof.
  intros F Rk Hi. rewrite sem_multiply, sem_subtract, sem_multiply, sem_line_sum by auto.
  rewrite sem_in by auto. cbn [sem0 map]. rewrite sem_softmax_group by (auto; lia). auto.
Qed.
Lemma labels_contribution t x ct i : tfloat t = true -> rank (snd t) = 2%Z -> inb (snd t) i = true ->
  sem Rscal (Binary Multiply) [t; t] t
    [sem Rscal (Unary Negate) [t] t [sem Rscal (LogSoftmax 1) [t] t [x]]; ct] i
  = - log_softmax_of (snd t) 1 x i * ct i.
Proof.
  intros F Rk Hi. rewrite sem_multiply, sem_negate by auto.
  rewrite sem_in by auto. cbn [sem0 map]. rewrite sem_log_softmax_group by (auto; lia). auto.
Qed.
Theorem softmax_cross_entropy_vjp_correct : vjp_spec SoftmaxCrossEntropy jvp_softmax_cross_entropy ok_softmax.
Proof.
  intros needs ats rt tm outs vs ds dy H F V Ln Lv Ld St _.
  destruct (softmax_cross_entropy_typed _ _ H) as (e & rows & classes & -> & -> & Fe & C).
  destruct needs as [|nx [|nl [|]]], vs as [|x [|labels [|]]], ds as [|dx [|dl [|]]]; try discriminate.
  set (t := (e, [rows; classes])) in *.
  cbn [jvp_softmax_cross_entropy map snd t]. rewrite cross_entropy_adjoint by auto.
  pose proof (pairing_nth [nx; nl] [dx; dl]) as P.
  rewrite <- (P (snd t) 0%nat _ St), <- (P (snd t) 1%nat _ St). cbn [nth].
  assert (CT : forall i, inb (snd t) i = true ->
    sem Rscal (BroadcastInDim (snd t) [0%Z]) [(e, [rows])] t [dy] i = dy (off_axis [rows; classes] 1 i))
    by (intros; apply (sem_broadcast_line t 1); auto).
  destruct nx, nl; injection V as <- <-;
    cbn [pairing teval fold_left tstep app line_sum map nth t_op t_args t_ats t_rty length Nat.add];
    rewrite ?Rplus_0_r, ?Rplus_0_l; auto; try apply (f_equal2 Rplus); apply dotp_ext; auto; intros i Hi;
    rewrite <- CT by auto; first [apply logits_contribution | apply labels_contribution]; auto.
Qed.

(* The result is always floating-point. *)
Theorem softmax_cross_entropy_const : const_spec SoftmaxCrossEntropy ok_softmax.
Proof.
  apply all_float_const. intros ats rt H.
  destruct (softmax_cross_entropy_typed _ _ H) as (e & r & c & _ & -> & F & _). auto.
Qed.
